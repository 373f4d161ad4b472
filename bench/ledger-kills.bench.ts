// `npm run bench -- ledger-kills [--kills 200] [--only application|cometbft|both]`: so many kills of each kind of process of
// a consortium of four under load; fails where anything acknowledged is lost, moved or doubled, or the heads differ.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bringCometbft } from '../src/consortium/cometbft.ts'
import { layOutNetwork, runNode } from '../src/consortium/network.ts'
import { figure } from './frame.ts'
import { killAtRandom, type Victim } from './kills.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    only: { type: 'string' },
    port: { type: 'string', default: '24000' },
  },
})
const cometbft = bringCometbft((text) => console.log(text))
if (!cometbft) throw new Error('没有 cometbft，也没有 Go 可以构建它')
const folder = mkdtempSync(join(tmpdir(), 'shisu-kills-'))
const network = layOutNetwork(cometbft, folder, 4, Number(values.port))
const nodes = network.nodes.map((place) => runNode(cometbft, network, place))
const all: Victim[] = ['application', 'cometbft', 'both']
try {
  for (const victim of values.only ? all.filter((each) => each === values.only) : all) {
    const outcome = await killAtRandom(
      network,
      nodes,
      { kills: Number(values.kills), victims: [victim], perSecond: 10 },
      console.log,
    )
    for (const [name, value] of Object.entries(outcome)) figure(`ledger.kills.${victim}.${name}`, value, '')
    const isWhole = outcome.kills === Number(values.kills) && outcome.heads === 1
    if (!isWhole || outcome.lost + outcome.moved + outcome.doubled > 0) process.exitCode = 1
  }
} finally {
  await Promise.all(nodes.map((node) => node.stop()))
  rmSync(folder, { recursive: true, force: true })
}

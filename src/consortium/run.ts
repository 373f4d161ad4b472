// `npm run consortium -- --nodes 4|16 [--data FOLDER] [--port 27000]`: a whole consortium on this machine, supervised, and
// the connection file by which the platform hands its log to it.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { bringCometbft } from './cometbft.ts'
import { layOutNetwork, runNode, writeConnection } from './network.ts'

/** The platform's own data folder, as `npm start` takes it. */
const dataDir = resolve(process.env.SHISU_DATA ?? (process.getuid?.() === 0 ? '/var/lib/shisu' : '.data'))
const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '4' },
    data: { type: 'string', default: join(dataDir, 'consortium') },
    port: { type: 'string', default: '27000' },
  },
})
const count = Number(values.nodes)
if (!Number.isInteger(count) || count < 1 || count > 64) throw new Error('--nodes 应为 1 到 64')
const cometbft = bringCometbft((text) => console.log(text))
if (!cometbft) {
  console.error('没有找到 cometbft，也没有 Go 可以构建它。平台照常以单节点存证运行；装好 Go 后再运行本命令。')
  process.exit(1)
}
const folder = resolve(values.data)
mkdirSync(folder, { recursive: true, mode: 0o700 })
const network = layOutNetwork(cometbft, folder, count, Number(values.port))
const running = network.nodes.map((place) => runNode(cometbft, network, place, (why) => console.log(why)))
console.log(`联盟链 ${network.chainId}：${network.nodes.length} 个节点已启动`)
for (const { name, rpc, query } of network.nodes)
  console.log(`  ${name}  查询 http://127.0.0.1:${query}/status  CometBFT http://127.0.0.1:${rpc}/status`)
const connection = join(dataDir, 'consortium.json')
await writeConnection(network, connection)
console.log(`平台的连接文件 ${connection}；平台（重新）启动后，存证交给联盟链`)
const stop = async () => {
  await Promise.all(running.map((node) => node.stop()))
  process.exit(0)
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)

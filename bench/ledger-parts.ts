import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Request } from 'cosmjs-types/tendermint/abci/types'
import { respond } from '../src/consortium/abci.ts'
import { Application } from '../src/consortium/application.ts'
import { sealing } from '../src/consortium/client.ts'
import { p256SignerOf } from '../src/consortium/p256.ts'
import { Snapshots } from '../src/consortium/snapshot.ts'
import { State } from '../src/consortium/state.ts'
import { type Signer, signerOf } from '../src/consortium/transaction.ts'
import { figure } from './frame.ts'

/**
 * What one node's application needs of the processor for one transaction, by parts, as CometBFT asks for them: CPU and not
 * the clock, so that it holds beside other work. Each block of 1,000 transactions (of 10 with many leaves).
 */
export function parts(name: string, hashes: number, signer: Signer): void {
  const folder = mkdtempSync(join(tmpdir(), 'shisu-parts-'))
  const state = new State(join(folder, 'state.sqlite'))
  const member = signerOf(randomBytes(32)).publicKey
  state.begin(
    [{ name: 'member', key: member, validator: member, power: 10 }],
    [{ name: 'gate', key: signer.publicKey }],
  )
  const application = new Application(state)
  const snapshots = new Snapshots(state, join(folder, 'snapshots'), 1_000_000)
  const spent = new Map<string, number>()
  const ask = (part: string, request: object) => {
    const bytes = Buffer.from(Request.encode(Request.fromPartial(request)).finish())
    const before = process.cpuUsage()
    const answer = respond(application, snapshots, bytes)
    const { user, system } = process.cpuUsage(before)
    spent.set(part, (spent.get(part) ?? 0) + user + system)
    return answer
  }
  const inBlock = hashes === 1 ? 1000 : 10
  const blocks = 6
  for (let height = 1; height <= blocks; height++) {
    const txs = Array.from({ length: inBlock }, () =>
      sealing(
        Array.from({ length: hashes }, () => randomBytes(32)),
        signer,
      ),
    )
    // The first block warms what runs.
    if (height === 2) spent.clear()
    for (const tx of txs) ask('check', { checkTx: { tx } })
    ask('process', { processProposal: { txs } })
    ask('finalize', { finalizeBlock: { height: BigInt(height), time: { seconds: 1n, nanos: 0 }, txs } })
    ask('commit', { commit: {} })
  }
  if (state.size() !== blocks * inBlock * hashes) throw new Error(`${state.size()} leaves`)
  for (const [part, us] of spent) figure(`${name}.${part}`, us / ((blocks - 1) * inBlock * hashes), 'µs of CPU a leaf')
  state.close()
  rmSync(folder, { recursive: true, force: true })
}

/** Parts of one node's work for one leaf a transaction by either suite, and for many. */
export function applicationParts(): void {
  parts('ledger.part.ed25519', 1, signerOf(randomBytes(32)))
  parts('ledger.part.p256', 1, p256SignerOf(randomBytes(32)))
  parts('ledger.part.batched', 1000, p256SignerOf(randomBytes(32)))
}

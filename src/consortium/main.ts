// One node's application: `node src/consortium/main.ts --home FOLDER --socket PATH --query-port N --name MEMBER --origin LOG
// [--host ADDRESS] [--snapshot-every BLOCKS]`.

import { sign } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { serveAbci } from './abci.ts'
import { Application } from './application.ts'
import { checkState } from './check.ts'
import { serveQueries } from './query.ts'
import { Snapshots } from './snapshot.ts'
import { State } from './state.ts'
import { signerOf } from './transaction.ts'

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    socket: { type: 'string' },
    'query-port': { type: 'string' },
    name: { type: 'string' },
    origin: { type: 'string' },
    host: { type: 'string', default: '127.0.0.1' },
    'snapshot-every': { type: 'string', default: '1000' },
  },
})
const { home, socket, name, origin } = values
if (!home || !socket || !name || !origin) throw new Error('--home --socket --name --origin are needed')

mkdirSync(home, { recursive: true, mode: 0o700 })
const member = signerOf(readFileSync(join(home, 'member.seed')))
const state = new State(join(home, 'state.sqlite'))
// Whatever was changed here by another hand is no part of the consortium's log: better no node than a wrong one.
const wrong = checkState(state)
if (wrong) {
  console.error(`本节点的数据被改动，不能启动：${wrong}`)
  process.exit(3)
}
const snapshots = new Snapshots(state, join(home, 'snapshots'), Number(values['snapshot-every']))
const stop = (code: number) => {
  abci.close()
  queries.close()
  state.close()
  process.exit(code)
}
const abci = serveAbci(new Application(state), snapshots, (error) => {
  console.error(error)
  stop(1)
})
const queries = serveQueries(state, origin, {
  name,
  type: 'cosignature',
  publicKey: new Uint8Array(member.publicKey),
  sign: (message) => sign(null, message, member.key),
})
if (existsSync(socket)) rmSync(socket)
abci.listen(socket)
queries.listen(Number(values['query-port'] ?? 0), values.host)
process.once('SIGTERM', () => stop(0))
process.once('SIGINT', () => stop(0))

// One node's application: `node src/consortium/main.ts --home FOLDER --socket PATH --query-port N --name MEMBER --origin LOG
// [--host ADDRESS] [--snapshot-every BLOCKS]`.

import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { serveAbci } from './abci.ts'
import { Application } from './application.ts'
import { checkState } from './check.ts'
import type { QueryPlace } from './query-thread.ts'
import { noteRefusals } from './refusals.ts'
import { Snapshots } from './snapshot.ts'
import { State } from './state.ts'

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
const state = new State(join(home, 'state.sqlite'))
// Whatever was changed here by another hand is no part of the consortium's log: better no node than a wrong one.
const wrong = checkState(state)
if (wrong) {
  console.error(`本节点的数据被改动，不能启动：${wrong}`)
  process.exit(3)
}
const snapshots = new Snapshots(state, join(home, 'snapshots'), Number(values['snapshot-every']))
const place: QueryPlace = { home, name, origin, host: values.host, port: Number(values['query-port'] ?? 0) }
const queries = new Worker(new URL('./query-thread.ts', import.meta.url), { workerData: place })
const stop = (code: number) => {
  abci.close()
  state.close()
  process.exit(code)
}
const fatal = (error: unknown) => {
  console.error(error)
  stop(1)
}
const abci = serveAbci(
  new Application(state),
  snapshots,
  fatal,
  noteRefusals(
    (id) => state.timeOf(id),
    (refusal) => queries.postMessage(refusal),
  ),
)
queries.once('error', fatal)
if (existsSync(socket)) rmSync(socket)
abci.listen(socket)
process.once('SIGTERM', () => stop(0))
process.once('SIGINT', () => stop(0))

// One node's application: `node src/consortium/main.ts --home FOLDER --socket PATH --query-port N --name MEMBER --origin LOG`.

import { sign } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { serveAbci } from './abci.ts'
import { Application } from './application.ts'
import { serveQueries } from './query.ts'
import { State } from './state.ts'
import { signerOf } from './transaction.ts'

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    socket: { type: 'string' },
    'query-port': { type: 'string' },
    name: { type: 'string' },
    origin: { type: 'string' },
  },
})
const { home, socket, name, origin } = values
if (!home || !socket || !name || !origin) throw new Error('--home --socket --name --origin are needed')

mkdirSync(home, { recursive: true, mode: 0o700 })
const member = signerOf(readFileSync(join(home, 'member.seed')))
const state = new State(join(home, 'state.sqlite'))
const stop = (code: number) => {
  abci.close()
  queries.close()
  state.close()
  process.exit(code)
}
const abci = serveAbci(new Application(state), (error) => {
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
queries.listen(Number(values['query-port'] ?? 0), '127.0.0.1')
process.once('SIGTERM', () => stop(0))
process.once('SIGINT', () => stop(0))

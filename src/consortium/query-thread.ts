// A node's query service on a thread of its own: who asks does not hold up who decides.
import { sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { serveQueries } from './query.ts'
import type { Refusal } from './refusals.ts'
import { State } from './state.ts'
import { signerOf } from './transaction.ts'

export type QueryPlace = { home: string; name: string; origin: string; host: string; port: number }

const { home, name, origin, host, port } = workerData as QueryPlace
const member = signerOf(readFileSync(join(home, 'member.seed')))
const refusals = new Map<string, Refusal>()
parentPort?.on('message', (refusal: Refusal) => refusals.set(`${refusal.reason} ${refusal.signer}`, refusal))
serveQueries(
  new State(join(home, 'state.sqlite'), true),
  origin,
  {
    name,
    type: 'cosignature',
    publicKey: new Uint8Array(member.publicKey),
    sign: (message) => sign(null, message, member.key),
  },
  () => [...refusals.values()],
).listen(port, host)

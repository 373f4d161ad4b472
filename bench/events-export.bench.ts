import { randomUUID } from 'node:crypto'
import { loadavg } from 'node:os'
import type { Sql } from 'postgres'
import { createAccount, createAuthority, createToken } from '../src/platform/access/accounts.ts'
import { fillCity } from './fill-city.ts'
import { benchDatabase, figure, machine, startApplication } from './frame.ts'

// All of a city's events as lines of JSON over HTTP, read to the end.
const EVENTS = Number(process.argv[2] ?? 200_000)
const ROUNDS = 3

const database = await benchDatabase()
await machine(database.sql)
const application = await startApplication({ databaseUrl: database.url })
try {
  await database.sql.reserve().then(async (reserved) => {
    await fillCity(reserved as unknown as Sql, EVENTS, (text) => console.log(`  ${text}`))
    reserved.release()
  })
  const ownerId = await createAuthority(database.sql, '示例市局', '450200')
  const now = new Date()
  const account = { ownerId, login: 'bench', name: 'bench', role: 'city', password: randomUUID() } as const
  const id = await createAccount(database.sql, account, now)
  const expiresAt = new Date(now.getTime() + 86_400_000)
  const token = await createToken(database.sql, id, { name: 'bench', scopes: [], expiresAt }, now)
  const rates: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now()
    const response = await fetch(`${application.url}/api/v1/trace/events.ndjson`, {
      headers: { authorization: `Bearer ${token}` },
    })
    if (response.status !== 200 || !response.body) throw new Error(`${response.status} ${await response.text()}`)
    let bytes = 0
    for await (const chunk of response.body) bytes += chunk.length
    rates.push(bytes / 1e6 / ((performance.now() - began) / 1000))
  }
  figure('export.mbs', Math.max(...rates), 'MB/s')
  console.log(`load ${loadavg()[0]?.toFixed(1)} after`)
} finally {
  await application.close()
  await database.close()
}

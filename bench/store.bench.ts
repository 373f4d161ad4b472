import type { Sql } from 'postgres'
import postgres from 'postgres'
import { createAccount, createAuthority, createToken } from '../src/platform/access/accounts.ts'
import { uuidv7 } from '../src/platform/id.ts'
import { benchDatabase, figure, load, machine, percentile, startApplication } from './frame.ts'
import { processorOf, processorOfChildren, processorOfServer } from './processor.ts'

const SECONDS = 8

/** A canteen's morning check: the commonest record of all. */
const record = (index: number) => ({
  id: uuidv7(),
  day: '2026-11-02',
  person: `示例师傅 ${index % 500}`,
  checkedAt: '2026-11-02T07:20:00.000Z',
  temperature: { value: '36.5', unit: 'CEL' },
  symptom: 'none',
  hands: 'clean',
  result: 'fit',
  checker: '示例食品安全员',
})

/** Rows a second of bare single-row inserts into a table of the same columns and indexes, without trigger or history. */
async function bareInserts(url: string, connections: number): Promise<number> {
  const sql = postgres(url, { max: connections, onnotice: () => {} })
  await sql`drop table if exists bare`
  await sql`create table bare (like morning_check including all)`
  const end = Date.now() + SECONDS * 1000
  const counts = await Promise.all(
    Array.from({ length: connections }, async () => {
      let rows = 0
      while (Date.now() < end) {
        const at = new Date()
        await sql`insert into bare (owner_id, id, region, day, person, checked_at, temperature, temperature_unit, symptom,
            hands, result, checker, created_at, updated_at, search)
          values (${uuidv7()}, ${uuidv7()}, '450204', '2026-11-02', ${`示例师傅 ${rows % 500}`}, ${at}, 36.5, 'CEL', 'none',
            'clean', 'fit', '示例食品安全员', ${at}, ${at}, '''示例''')`
        rows++
      }
      return rows
    }),
  )
  await sql.end()
  return counts.reduce((total, rows) => total + rows, 0) / SECONDS
}

async function throughTheDoor(url: string, token: string, connections: number) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const path = '/api/v1/records/morning-check'
  const answered = await load({
    url,
    seconds: SECONDS,
    connections,
    request: (index) => ({ method: 'POST', path, headers, body: JSON.stringify(record(index)) }),
  })
  const made = answered.statuses[201] ?? 0
  if (made !== answered.latenciesMs.length) throw new Error(`not all were made: ${JSON.stringify(answered.statuses)}`)
  return { made, rate: made / SECONDS, p99: percentile(answered.latenciesMs, 0.99) }
}

async function clerk(sql: Sql): Promise<string> {
  const now = new Date()
  const ownerId = await createAuthority(sql, '示例食堂', '450204')
  const id = await createAccount(
    sql,
    { ownerId, login: 'bench', name: 'bench', role: 'enterprise', password: 'Bench-1234' },
    now,
  )
  return createToken(sql, id, { name: 'bench', scopes: [], expiresAt: new Date(now.getTime() + 3600_000) }, now)
}

const database = await benchDatabase()
await machine(database.sql)
const application = await startApplication({ databaseUrl: database.url })
try {
  const token = await clerk(database.sql)
  await throughTheDoor(application.url, token, 4)
  for (const [connections, name] of [
    [10, 'store'],
    [64, 'store64'],
  ] as const) {
    const bare = await bareInserts(database.url, connections)
    const processor = async () => ({
      web: processorOf(application.pid),
      jobs: processorOfChildren(application.pid),
      server: await processorOfServer(database.sql),
    })
    const before = await processor()
    const door = await throughTheDoor(application.url, token, connections)
    const after = await processor()
    figure(`${name}.rate`, door.rate, 'records/s')
    figure(`${name}.bare`, bare, 'rows/s')
    figure(`${name}.p99ms`, door.p99, 'ms')
    // What holds beside other work.
    for (const part of ['web', 'jobs', 'server'] as const)
      figure(`${name}.cpuUs.${part}`, ((after[part] - before[part]) / door.made) * 1e6, 'us')
    figure(connections === 10 ? 'store.ratio' : 'store.ratio64', door.rate / bare, 'of a bare insert')
  }
} finally {
  await application.close()
  await database.close()
}

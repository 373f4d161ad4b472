// From commit to notice while other people write: how soon what a change means is put before whoever should know.
import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type Sql } from 'postgres'
import { kinds } from '../src/catalogue.ts'
import type { Kind } from '../src/language/index.ts'
import { createAccount, createAuthority } from '../src/platform/access/accounts.ts'
import type { Actor } from '../src/platform/access/actor.ts'
import { openKeyring } from '../src/platform/protect/keyring.ts'
import { openStore } from '../src/platform/store/store.ts'
import { benchDatabase, figure, latencyFigures, machine, startApplication } from './frame.ts'

const perSecond = Number(process.env.SHISU_BENCH_RATE ?? 500)
const seconds = Number(process.env.SHISU_BENCH_SECONDS ?? 20)
/** One record in so many means something to somebody. */
const noticeEach = 10

const kind = kinds.find((each) => each.name === 'morning-check') as Kind
const byName = new Map(kinds.map((each) => [each.name, each]))

const check = (unfit: boolean) => ({
  id: randomUUID(),
  day: '2026-11-20',
  person: '示例人',
  checkedAt: '2026-11-20T00:00:00.000Z',
  temperature: { value: '36.5', unit: 'CEL' },
  symptom: unfit ? 'cough' : 'none',
  hands: 'clean',
  result: unfit ? 'unfit' : 'fit',
  measure: unfit ? '暂停上岗（示例）' : undefined,
  checker: '示例安全员',
})

async function canteen(sql: Sql): Promise<Actor> {
  const ownerId = await createAuthority(sql, '示例食堂', '450204')
  const login = { ownerId, login: 'bench', name: '示例', role: 'enterprise' as const, password: 'Bench-1234' }
  const userId = await createAccount(sql, login, new Date())
  return { userId, name: '示例', role: 'enterprise', ownerId, ownerTitle: '示例食堂', region: '450204', scopes: [] }
}

/** Writes at a steady pace through the store's own door; notes when each record that means something was committed. */
async function write(sql: Sql, actor: Actor, committed: Map<string, number>, length = seconds): Promise<number> {
  const keyring = await openKeyring(join(mkdtempSync(join(tmpdir(), 'shisu-bench-')), 'keys.json'), new Date())
  const began = performance.now()
  const running = new Set<Promise<void>>()
  let written = 0
  for (let n = 0; n < perSecond * length; n++) {
    const wait = began + (n * 1000) / perSecond - performance.now()
    if (wait > 1) await sleep(wait)
    while (running.size >= 32) await Promise.race(running)
    const unfit = n % noticeEach === 0
    const work: Promise<void> = openStore(sql, byName, actor, new Date(), keyring)
      .create(kind, check(unfit))
      .then(({ row }) => {
        written++
        if (unfit) committed.set(row.id, performance.now())
      })
      .finally(() => running.delete(work))
    running.add(work)
  }
  await Promise.all(running)
  return written / ((performance.now() - began) / 1000)
}

/** Looks for the notices of what was committed, until all are there. */
async function watch(sql: Sql, committed: Map<string, number>, table: 'notice' | 'message', over: () => boolean) {
  const seen = new Map<string, number>()
  const end = performance.now() + (seconds + 60) * 1000
  while (performance.now() < end && !(over() && seen.size >= committed.size)) {
    const open = [...committed.keys()].filter((id) => !seen.has(id))
    if (open.length > 0) {
      const rows = await sql<{ id: string }[]>`
        select record_id as id from ${sql(table)} where record_id = any(${open}::uuid[])`
      const now = performance.now()
      for (const { id } of rows) if (!seen.has(id)) seen.set(id, now)
    }
    await sleep(10)
  }
  return [...committed].map(([id, at]) => (seen.get(id) ?? Number.POSITIVE_INFINITY) - at)
}

const database = await benchDatabase()
const { sql } = database
const application = await startApplication({ databaseUrl: database.url })
const door = postgres(database.url, { max: 8, onnotice: () => {}, connection: { role: 'shisu_web', TimeZone: 'UTC' } })
try {
  await machine(sql)
  const actor = await canteen(sql)
  await sql`insert into message_subscription (id, account_id, title, what, created_at)
    values (gen_random_uuid(), ${actor.userId}, '示例', 'notice', now())`
  // Statements are prepared and caches warm before anything counts.
  await write(door, actor, new Map(), 3)
  const committed = new Map<string, number>()
  let isOver = false
  const notices = watch(sql, committed, 'notice', () => isOver)
  const rate = await write(door, actor, committed)
  isOver = true
  const latencies = await notices
  figure('feed.writes', rate, 'writes/s')
  figure('feed.notices', latencies.length, 'notices')
  latencyFigures('feed', latencies)
  const [told] = await sql<{ n: number }[]>`select count(*)::int as n from message where channel = 'app'`
  figure('feed.messages', told?.n ?? 0, 'messages')
} finally {
  await door.end({ timeout: 5 })
  await application.close()
  await database.close()
}

import type { Sql } from 'postgres'
import { type AuditQuery, searchAudit } from '../src/platform/audit/search.ts'
import { benchDatabase, figure, latencyFigures, machine } from './frame.ts'

/** Rows in the store at each measure; the last is the one that counts. */
const sizes = (process.env.SHISU_BENCH_ROWS ?? '1000000,10000000').split(',').map(Number)
const looks = 60
const people = 2000

/** Does the filling without indexes and builds them afterwards, as a restore does: row by row it takes half an hour. */
async function withoutIndexes(sql: Sql, work: () => Promise<void>): Promise<void> {
  const indexes = await sql<{ name: string; text: string }[]>`
    select c.relname as name, pg_get_indexdef(i.indexrelid) as text from pg_index i join pg_class c on c.oid = i.indexrelid
    where i.indrelid = 'audit'::regclass and not i.indisprimary`
  for (const { name } of indexes) await sql.unsafe(`drop index ${name}`)
  await work()
  await sql.begin(async (tx) => {
    await tx`set local maintenance_work_mem = '512MB'`
    for (const { text } of indexes) await tx.unsafe(text.replace(' ON ONLY ', ' ON '))
  })
}

/** A year of entries: 2,000 people, 150 kinds, a few acts, one in thirty refused. */
async function fill(sql: Sql, from: number, to: number): Promise<void> {
  const parts: number[] = []
  for (let first = from; first < to; first += 500_000) parts.push(first)
  // Two at once: one core each.
  const queue = parts.values()
  const filler = async () => {
    for (const first of queue) await fillPart(sql, first, Math.min(to, first + 500_000))
  }
  await Promise.all([filler(), filler()])
}

const fillPart = (sql: Sql, first: number, last: number) =>
  sql`
      insert into audit (at, actor_id, actor_name, owner_title, act, object_kind, object_id, result, address, rows)
      select now() - (random() * 365) * interval '1 day', lpad(to_hex((random() * ${people})::int), 32, '0')::uuid, '示例',
        '示例单位', (array['create', 'change', 'read', 'export', 'sign-in', 'refusal'])[1 + (random() * 5)::int],
        'kind-' || (random() * 150)::int, gen_random_uuid()::text,
        case when random() < 0.03 then 'refused' else 'done' end,
        '10.1.' || (random() * 40)::int || '.' || (random() * 200)::int, 1
      from generate_series(${first}::int, ${last - 1}::int)`

const wishes: Readonly<Record<string, (n: number) => Partial<AuditQuery>>> = {
  newest: () => ({}),
  who: (n) => ({ actor: `00000000-0000-0000-0000-${(n * 31).toString(16).padStart(12, '0')}` }),
  kind: (n) => ({ kind: `kind-${n % 150}` }),
  act: () => ({ act: 'export' }),
  address: (n) => ({ address: `10.1.${n % 40}.${n % 200}` }),
  refused: () => ({ result: 'refused' }),
  both: (n) => ({ kind: `kind-${n % 150}`, act: 'export', result: 'refused' }),
  rare: (n) => ({ kind: 'kind-3', address: `10.1.${n % 40}.${n % 200}` }),
}

async function measure(sql: Sql, size: number): Promise<void> {
  const all: number[] = []
  const year = new Date(Date.now() - 365 * 86_400_000).toISOString()
  for (const [name, wish] of Object.entries(wishes)) {
    const times: number[] = []
    for (let n = 0; n < looks; n++) {
      const began = performance.now()
      // Half of them over the usual month, half over the whole year.
      await searchAudit(sql, { limit: 50, ...wish(n), ...(n % 2 ? { from: year } : {}) }, new Date())
      times.push(performance.now() - began)
    }
    all.push(...times)
    latencyFigures(`audit.${size}.${name}`, times)
  }
  latencyFigures(`audit.${size}`, all)
}

const { sql, close } = await benchDatabase()
try {
  await machine(sql)
  await sql`select make_month_partitions('audit', now() - interval '13 months', 14)`
  let stored = Number((await sql`select count(*) as n from audit`)[0]?.n)
  for (const size of sizes) {
    const began = performance.now()
    if (stored < size) {
      await withoutIndexes(sql, () => fill(sql, stored, size))
      await sql`vacuum analyze audit`
      figure(`audit.${size}.fillS`, (performance.now() - began) / 1000, 's')
    }
    stored = size
    await measure(sql, size)
    const [space] = await sql<{ bytes: string }[]>`
      select sum(pg_total_relation_size(inhrelid))::text as bytes from pg_inherits where inhparent = 'audit'::regclass`
    figure(`audit.${size}.bytes`, Number(space?.bytes) / size, 'B a row')
  }
} finally {
  await close()
}

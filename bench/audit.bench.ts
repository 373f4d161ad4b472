import postgres, { type Sql } from 'postgres'
import { type AuditQuery, searchAudit } from '../src/platform/audit/search.ts'
import { benchDatabase, figure, latencyFigures, machine, percentile } from './frame.ts'

/** Rows in the store at each measure; the last is the one that counts. */
const sizes = (process.env.SHISU_BENCH_ROWS ?? '1000000,10000000').split(',').map(Number)
const looksMax = 1000
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

/** A year of entries, as uneven and as bound together as a city's: most of it written by few, refused is what is never written. */
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

/**
 * Of a hundred entries 55 are people's writes, 20 those of twenty systems, 15 reads of persons' data, 6 sign-ins, 3 refusals and
 * 1 something rare; three in a hundred come from other applications. Few people do most; an office's people share an address.
 */
const fillPart = (sql: Sql, first: number, last: number) =>
  sql`
      insert into audit (at, app, actor_id, actor_name, owner_title, act, object_kind, object_id, result, address, rows)
      select now() - random() * 365 * interval '1 day', case when app < 0.03 then 'lims' else 'shisu' end,
        lpad(to_hex(case when what < 0.2 then 100000 + machine else person end), 32, '0')::uuid, '示例', '示例单位', act,
        case when act in ('sign-in', 'policy', 'grant') then '' when what < 0.2 then 'kind-' || machine % 5
          when act = 'read' then 'kind-' || (10 + (dice * 10)::int) else 'kind-' || (150 * dice * dice)::int end,
        gen_random_uuid()::text, case when act = 'refusal' or (act = 'sign-in' and dice < 0.2) then 'refused' else 'done' end,
        case when what < 0.2 then '10.9.0.' || machine else '10.1.' || person % 40 || '.' || person % 5 end, 1
      from (
        select w.*, (${people}::int * w.who * w.who * w.who)::int as person, floor(w.who * 20)::int as machine,
          case when what < 0.2 then 'create' when what < 0.75 then (array['create', 'create', 'create', 'change', 'change', 'void'])[1 + floor(dice * 6)::int]
            when what < 0.9 then 'read' when what < 0.96 then 'sign-in' when what < 0.99 then 'refusal'
            else (array['export', 'print', 'policy', 'grant', 'disable'])[1 + floor(dice * 5)::int] end as act
        from (select random() as what, random() as who, random() as dice, random() as app
          from generate_series(${first}::int, ${last - 1}::int)) w) f`

const nobody = '00000000-0000-0000-0000-0000000fffff'
const numbered = (n: number) =>
  n
    .toString(16)
    .padStart(32, '0')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

/** What the desk's filters may hold: nothing, what is everywhere, what is seldom; together also what never meets. */
const filters: Readonly<Record<string, readonly (string | undefined)[]>> = {
  actor: [undefined, numbered(3), numbered(1500), numbered(100007), nobody],
  act: [undefined, 'create', 'read', 'print', 'policy'],
  kind: [undefined, 'kind-2', 'kind-15', 'kind-149'],
  address: [undefined, '10.1.3.3', '10.9.0.7', '10.200.0.1'],
  result: [undefined, 'done', 'refused', 'failed'],
  app: [undefined, 'shisu', 'lims'],
}

const combinations = (): Partial<AuditQuery>[] =>
  Object.entries(filters).reduce<Partial<AuditQuery>[]>(
    (begun, [name, values]) =>
      begun.flatMap((each) => values.map((value) => (value ? { ...each, [name]: value } : each))),
    [{}],
  )

/** Pages of the database that the desk's connection has looked at so far. */
async function pagesRead(desk: Sql): Promise<number> {
  await desk`select pg_stat_force_next_flush()`
  const [row] = await desk<{ n: string }[]>`
    select sum(heap_blks_read + heap_blks_hit + idx_blks_read + idx_blks_hit)::text as n from pg_statio_user_tables
    where relname like 'audit\\_%'`
  return Number(row?.n)
}

async function measure(desk: Sql, size: number): Promise<void> {
  const year = new Date(Date.now() - 365 * 86_400_000).toISOString()
  const all = combinations()
  const looks: { ms: number; pages: number; words: string }[] = []
  // A step that has no factor with the lists' lengths comes by every value. Half over the usual month, half over the year.
  for (let n = 0; n < looksMax; n++) {
    const query = { ...all[(n * 7) % all.length], ...(n % 2 ? { from: year } : {}) }
    const before = await pagesRead(desk)
    const began = performance.now()
    await searchAudit(desk, { limit: 50, ...query }, new Date())
    const ms = performance.now() - began
    looks.push({ ms, pages: (await pagesRead(desk)) - before, words: JSON.stringify(query) })
  }
  const times = looks.map(({ ms }) => ms)
  latencyFigures(`audit.${size}`, times)
  figure(
    `audit.${size}.pages.p95`,
    percentile(
      looks.map(({ pages }) => pages),
      0.95,
    ),
    'pages',
  )
  for (const { ms, pages, words } of looks.sort((a, b) => b.pages - a.pages).slice(0, 8))
    console.log(`most pages: ${pages}, ${Math.round(ms)} ms ${words}`)
}

const { sql, url, close } = await benchDatabase()
const desk = postgres(url, { max: 1, onnotice: () => {} })
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
    await measure(desk, size)
    const [space] = await sql<{ bytes: string }[]>`
      select sum(pg_total_relation_size(inhrelid))::text as bytes from pg_inherits where inhparent = 'audit'::regclass`
    figure(`audit.${size}.bytes`, Number(space?.bytes) / size, 'B a row')
  }
} finally {
  await desk.end()
  await close()
}

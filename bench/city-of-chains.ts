import type { Sql } from 'postgres'
import { checkDigit } from '../src/standards/gs1/index.ts'

/**
 * A city's chains, written straight into the tables of the trace core: what 101 captured events of one day's lot leave.
 * Each chain: 5 raw lots -> noodles -> 440 bags of one lot -> 44 cases -> 2 pallets -> warehouse -> 22 cases to shops. In every
 * `BIG_EVERY`th chain each bag has its serial (a closure of 493 things), in the others bags are counted by lot.
 */
export const EVENTS_A_CHAIN = 101
export const BIG_EVERY = 20
export const FRONTIER_BAGS = 10_000
const GLNS = 50
// Keys and events of one chain lie together, as they would when recorded.
const BLOCK = 1000

const key = (digits: string) => digits + checkDigit(digits)
export const gln = (n: number) => key(`6901${String(n).padStart(8, '0')}`)
export const packedLot = (chain: number) => `https://id.gs1.org/01/06901000000301/10/P${chain}`
export const rawLot = (chain: number, n: number) => `https://id.gs1.org/01/0690100000010${n}/10/R${chain}`
export const frontierLot = 'https://id.gs1.org/01/06901000000301/10/TENTHOUSAND'

const tables = ['trace_key', 'event', 'event_key', 'edge', 'edge_end', 'trace_name']

/** So many chains make so many events. */
export const chainsOf = (events: number) => Math.max(BIG_EVERY, Math.floor(events / EVENTS_A_CHAIN))

/** Owners first, then `events` events; indexes and constraints are made anew afterwards. */
export async function fillCity(sql: Sql, events: number, onProgress: (text: string) => void): Promise<number> {
  const chains = chainsOf(events)
  for (let n = 0; n < GLNS; n++) {
    await sql`insert into owner (id, title, region, gln)
      values (${ownerId(n)}, ${`示例企业 ${n}`}, ${`45020${2 + (n % 5)}`}, ${gln(n)}) on conflict do nothing`
  }
  await sql`insert into event_context (digest, context) values ('00000000-0000-0000-0000-000000000001', 'null')
    on conflict do nothing`
  // Beyond all that is there.
  const [last] = await sql<{ value: string }[]>`select last_value as value from trace_id_seq`
  const base = Math.ceil(Number(last?.value ?? 0) / BLOCK + 1) * BLOCK
  const restore = await dropIndexes(sql)
  await sql.unsafe(sites())
  for (const [title, text] of statements(chains, base)) {
    const began = performance.now()
    await sql.unsafe(text)
    onProgress(`${title} ${Math.round(performance.now() - began)} ms`)
  }
  for (const text of restore) await sql.unsafe(text)
  for (const table of tables) await sql.unsafe(`vacuum (analyze) ${table}`)
  return chains
}

const ownerId = (n: number) => `00000000-0000-7000-8000-0000000001${String(n).padStart(2, '0')}`

async function dropIndexes(sql: Sql): Promise<string[]> {
  const constraints = await sql<{ tab: string; name: string; def: string }[]>`
    select conrelid::regclass::text as tab, conname as name, pg_get_constraintdef(oid) as def
    from pg_constraint where conrelid::regclass::text = any(${tables}) and contype in ('p', 'u')`
  for (const { tab, name } of constraints) await sql.unsafe(`alter table ${tab} drop constraint ${name} cascade`)
  const indexes = await sql<{ name: string; def: string }[]>`
    select indexname as name, indexdef as def from pg_indexes where schemaname = 'public' and tablename = any(${tables})`
  for (const { name } of indexes) await sql.unsafe(`drop index ${name}`)
  // Nothing here outlives the bench: no log of half a billion bytes.
  for (const table of tables) await sql.unsafe(`alter table ${table} set unlogged`)
  return [
    `set maintenance_work_mem = '1GB'`,
    ...constraints.map(({ tab, name, def }) => `alter table ${tab} add constraint ${name} ${def}`),
    ...indexes.map(({ def }) => def),
  ]
}

/** The sites by number. */
function sites(): string {
  const rows = Array.from(
    { length: GLNS },
    (_, n) =>
      `(${n}, 'https://id.gs1.org/414/${gln(n)}', 'https://id.gs1.org/417/${gln(n)}', '${ownerId(n)}'::uuid, '45020${2 + (n % 5)}')`,
  )
  return `create temp table site as select * from (values ${rows.join(',')}) v (n, place, party, owner, region)`
}

/** role, number of the event in its block, number of the key, quantity: what each event of a chain names. */
const links = (isBig: boolean) => `
  select 600 + n, 1 + n, 'epc', 100, 'KGM' from generate_series(0, 4) n
  union all select 605, 1 + n, 'input', 100, 'KGM' from generate_series(0, 4) n
  union all select 605, 6, 'output', 480, 'KGM'
  union all select 606, 6, 'input', 480, 'KGM'
  union all select 606, 7, 'output', 440, null
  ${isBig ? `union all select 606, 100 + n, 'output', null, null from generate_series(0, 439) n` : ''}
  union all select 610 + n, 10 + n, 'parent', null, null from generate_series(0, 43) n
  ${
    isBig
      ? `union all select 610 + n / 10, 100 + n, 'child', null, null from generate_series(0, 439) n`
      : `union all select 610 + n, 7, 'child', 10, null from generate_series(0, 43) n`
  }
  union all select 660 + n, 60 + n, 'parent', null, null from generate_series(0, 1) n
  union all select 660 + n / 22, 10 + n, 'child', null, null from generate_series(0, 43) n
  union all select 670 + n, 60 + n / 2, 'epc', null, null from generate_series(0, 3) n
  union all select 680 + n, 10 + n / 2, 'epc', null, null from generate_series(0, 43) n`

/** from, to, kind, event of each edge in a chain; a negative number is the act of that event. */
const edges = (isBig: boolean) => `
  select 1 + n, -605, 'i', 605 from generate_series(0, 4) n
  union all select -605, 6, 'o', 605
  union all select 6, -606, 'i', 606
  union all select -606, 7, 'o', 606
  ${
    isBig
      ? `union all select -606, 100 + n, 'o', 606 from generate_series(0, 439) n
         union all select 7, 100 + n, 'l', 606 from generate_series(0, 439) n
         union all select 100 + n, 10 + n / 10, 'a', 610 + n / 10 from generate_series(0, 439) n`
      : `union all select 7, 10 + n, 'a', 610 + n from generate_series(0, 43) n`
  }
  union all select 10 + n, 60 + n / 22, 'a', 660 + n / 22 from generate_series(0, 43) n`

const time = (event: string) =>
  `(timestamptz '2025-01-01' + c * interval '5 minutes' + (${event} - 600) * interval '1 minute')`

function statements(chains: number, base: number): [string, string][] {
  const big = `generate_series(0, ${chains - 1}, ${BIG_EVERY}) c`
  const all = `generate_series(0, ${chains - 1}) c`
  const small = `(select c from ${all} where c % ${BIG_EVERY} <> 0) s`
  const linksInto = (from: string, isBig: boolean) => `
    insert into event_key (event, key, role, quantity, uom)
    select c * ${BLOCK} + ${base} + l.ev, c * ${BLOCK} + ${base} + l.key, l.role, l.quantity, l.uom
    from ${from} cross join (${links(isBig)}) l (ev, key, role, quantity, uom)`
  const edgesInto = (from: string, isBig: boolean) => `
    insert into edge (src, dst, kind, at, event)
    select sign(g.src) * (c * ${BLOCK} + ${base} + abs(g.src)), sign(g.dst) * (c * ${BLOCK} + ${base} + abs(g.dst)),
      g.kind::"char", ${time('g.event')}, c * ${BLOCK} + ${base} + g.event
    from ${from} cross join (${edges(isBig)}) g (src, dst, kind, event)`
  const event = (number: string, type: string, action: string, step: string, where: string, to: string) =>
    `select ${number} as ev, '${type}' as type, ${action} as action, '${step}' as step, ${where} as site, ${to} as bound`
  return [
    [
      'keys',
      `insert into trace_key (id, key, level, gtin, lot, serial)
       select c * ${BLOCK} + ${base} + k.n, replace(k.key, '#', c::text), k.level, k.gtin, replace(k.lot, '#', c::text), null
       from ${all} cross join (
         select 1 + n as n, 'https://id.gs1.org/01/0690100000010' || n || '/10/R#' as key, 'lot' as level,
           '0690100000010' || n as gtin, 'R#' as lot from generate_series(0, 4) n
         union all select 6, 'https://id.gs1.org/01/06901000000202/10/N#', 'lot', '06901000000202', 'N#'
         union all select 7, 'https://id.gs1.org/01/06901000000301/10/P#', 'lot', '06901000000301', 'P#'
         union all select 10 + n, 'https://id.gs1.org/01/16901000000308/21/C#X' || n, 'serial', '16901000000308', null
           from generate_series(0, 43) n
         union all select 60 + n, 'https://id.gs1.org/8003/06901000000905P#X' || n, 'asset', null, null
           from generate_series(0, 1) n) k`,
    ],
    [
      'bags',
      `insert into trace_key (id, key, level, gtin, serial)
       select c * ${BLOCK} + ${base} + 100 + n, 'https://id.gs1.org/01/06901000000301/21/Q' || c || 'X' || n, 'serial',
         '06901000000301', 'Q' || c || 'X' || n
       from ${big} cross join generate_series(0, 439) n`,
    ],
    [
      'events',
      `insert into event (id, event_digest, declared, content_digest, event_id, hash, type, action, event_time, tz_offset,
         record_time, biz_step, disposition, read_point, biz_location, sources, destinations, owner_id, party_ids, regions,
         context_id, document)
       select id, md5('i' || id)::uuid, false, md5('c' || id)::uuid, 'urn:x:' || id, decode(md5(id::text) || md5('h' || id), 'hex'),
         type, action, at, '+08:00', at + interval '1 hour', step, 'in_progress', a.place, a.place,
         case when bound is not null then array['possessing_party ' || a.party] end,
         case when bound is not null then array['possessing_party ' || b.party] end,
         a.owner, array[a.owner, b.owner], array['450200', a.region, b.region], 1,
         '{"eventID":"urn:x:' || id || '","type":"' || type || '","eventTime":"' || to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') ||
         '","eventTimeZoneOffset":"+08:00","bizStep":"' || step || '","disposition":"in_progress","readPoint":{"id":"' ||
         a.place || '"},"bizLocation":{"id":"' || a.place || '"}' || repeat(' ', 300) || '}'
       from (
         select c * ${BLOCK} + ${base} + e.ev as id, ${time('e.ev')} as at, e.* from (select c from ${all}) s cross join lateral (
           ${event('600 + n', 'ObjectEvent', `'ADD'`, 'commissioning', 'c + n', 'null::bigint')} from generate_series(0, 4) n
           union all ${event('605 + n', 'TransformationEvent', 'null', 'commissioning', 'c', 'null')} from generate_series(0, 1) n
           union all ${event('610 + n', 'AggregationEvent', `'ADD'`, 'packing', 'c', 'null')} from generate_series(0, 43) n
           union all ${event('660 + n', 'AggregationEvent', `'ADD'`, 'packing', 'c', 'null')} from generate_series(0, 1) n
           union all ${event('670 + 2 * n', 'ObjectEvent', `'OBSERVE'`, 'shipping', 'c', 'c + 7')} from generate_series(0, 1) n
           union all ${event('671 + 2 * n', 'ObjectEvent', `'OBSERVE'`, 'receiving', 'c + 7', 'c + 7')} from generate_series(0, 1) n
           union all ${event('680 + 2 * n', 'ObjectEvent', `'OBSERVE'`, 'shipping', 'c + 7', 'c + 10 + n')} from generate_series(0, 21) n
           union all ${event('681 + 2 * n', 'ObjectEvent', `'OBSERVE'`, 'receiving', 'c + 10 + n', 'c + 10 + n')} from generate_series(0, 21) n
         ) e) f
       join site a on a.n = f.site % ${GLNS} join site b on b.n = coalesce(f.bound, f.site) % ${GLNS}
       order by 1`,
    ],
    ['links of serials', linksInto(big, true)],
    ['links of lots', linksInto(small, false)],
    ['edges of serials', edgesInto(big, true)],
    ['edges of lots', edgesInto(small, false)],
    ['sequence', `select setval('trace_id_seq', ${base + chains * BLOCK + BLOCK})`],
  ]
}

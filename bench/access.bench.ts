import type { Sql } from 'postgres'
import { kinds } from '../src/catalogue.ts'
import type { Kind } from '../src/language/index.ts'
import { snake } from '../src/language/names.ts'
import { ownersWithin, type Reach, within } from '../src/platform/access/reach.ts'
import { benchDatabase, figure, latencyFigures, machine, percentile } from './frame.ts'

const rows = Number(process.env.SHISU_BENCH_ROWS ?? 1_000_000)
const looks = 200

/** Copies of one row over 7 counties, 20 stations each and 2,000 owners a county. */
async function fill(sql: Sql, kind: Kind, first: string): Promise<void> {
  const table = snake(kind.name)
  const columns = await sql<{ name: string }[]>`
    select column_name as name from information_schema.columns
    where table_name = ${table} and is_generated = 'NEVER' order by ordinal_position`
  const names = columns.map((column) => column.name)
  const values = names.map((name) => {
    if (name === 'id') return 'gen_random_uuid()'
    if (name === 'owner_id') return 'o.id'
    if (name === 'region') return 'o.region'
    return `t.${name}`
  })
  await sql.unsafe(`alter table ${table} disable trigger all`)
  await sql.unsafe(first)
  await sql.unsafe(`insert into ${table} (${names.join(', ')})
    select ${values.join(', ')} from (select * from ${table} limit 1) t, (
      select o.*, row_number() over (order by id) as n from owner o where title like '示例企业%') o,
      generate_series(1, ${Math.ceil(rows / 14_000)})`)
  await sql.unsafe(`vacuum analyze ${table}`)
}

async function timed(run: () => Promise<unknown>): Promise<number[]> {
  await run()
  const times: number[] = []
  for (let n = 0; n < looks; n++) {
    const began = performance.now()
    await run()
    times.push(performance.now() - began)
  }
  return times
}

/** Pages of the database that a statement looks at: what it costs, whoever else uses the machine. */
async function buffersOf(sql: Sql, text: string, values: unknown[]): Promise<number> {
  const [row] = await sql.unsafe<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }[]>(
    `explain (analyze, buffers, format json) ${text}`,
    values as never[],
  )
  const plan = row?.['QUERY PLAN'][0].Plan ?? {}
  return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0)
}

/** What the one predicate costs: the same page of the same list without it and within each reach. */
async function bench(): Promise<void> {
  const { sql, close } = await benchDatabase()
  try {
    await machine(sql)
    const kind = kinds.find((each) => !each.isOwner && each.list.sort === '-day') as Kind
    await sql`insert into area (code, title, county, since)
      select '45020' || c || lpad(s::text, 3, '0'), '示例站' || s, '45020' || c, now()
      from generate_series(2, 8) c, generate_series(1, 20) s`
    await sql`insert into owner (id, title, region, station)
      select gen_random_uuid(), '示例企业' || n, '45020' || (2 + n % 7), '45020' || (2 + n % 7) || lpad((1 + n / 7 % 20)::text, 3, '0')
      from generate_series(1, 14000) n`
    await sql`analyze owner`
    const [owner] = await sql<{ id: string; region: string; station: string }[]>`
      select id, region, station from owner where station is not null limit 1`
    if (!owner) throw new Error('no owner')
    await fill(
      sql,
      kind,
      `insert into ${snake(kind.name)} (owner_id, id, region, day, person, checked_at, temperature, temperature_unit, symptom,
        hands, result, checker, created_at, updated_at)
       values ('${owner.id}', gen_random_uuid(), '${owner.region}', '2026-11-02', '示例', now(), 36.5, 'CEL', 'none', 'clean',
        'fit', '示例', now(), now())`,
    )
    const table = snake(kind.name)
    const textOf = (where: string) => `select * from ${table} t where ${where} order by t.day desc, t.id desc limit 51`
    // As the list itself asks: a station's owners by name, planned for them.
    const page = (reach: Reach) => async () => {
      const owners = await ownersWithin(sql, reach)
      return sql.unsafe(
        textOf(within('t', reach, '$1', owners && '$2')),
        [reach.value, ...(owners ? [owners] : [])] as never[],
        {
          prepare: !owners,
        },
      )
    }
    // The newest rows of everybody, by the key: what a page costs where nobody is kept from anything.
    const plain = await timed(() => sql.unsafe(`select * from ${table} t order by t.id desc limit 51`))
    latencyFigures('access.none', plain)
    const reaches: Reach[] = [
      { column: 'city', value: '450200' },
      { column: 'county', value: owner.region },
      { column: 'station', value: owner.station },
      { column: 'owner_id', value: owner.id },
    ]
    for (const reach of reaches) {
      const times = await timed(page(reach))
      const name = `access.${reach.column.replace('_id', '')}`
      latencyFigures(name, times)
      const owners = await ownersWithin(sql, reach)
      const text = textOf(within('t', reach, '$1', owners && '$2'))
      figure(`${name}.buffers`, await buffersOf(sql, text, [reach.value, ...(owners ? [owners] : [])]), 'pages')
      figure(`${name}.ratio`, percentile(times, 0.5) / percentile(plain, 0.5), 'x')
    }
    const [count] = await sql.unsafe<{ n: number }[]>(`select count(*)::int as n from ${table}`)
    figure('access.rows', count?.n ?? 0, 'rows')
  } finally {
    await close()
  }
}

await bench()

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Sql } from 'postgres'
import { kinds } from '../src/catalogue.ts'
import type { Kind } from '../src/language/index.ts'
import { createAccount, createAuthority, createToken } from '../src/platform/access/accounts.ts'
import { openKeyring } from '../src/platform/protect/keyring.ts'
import { searchVector } from '../src/platform/store/search.ts'
import { benchDatabase, figure, load, machine, percentile, startApplication } from './frame.ts'

const counties = ['450202', '450203', '450204', '450205', '450206', '450222', '450223', '450224', '450225', '450226']
const owners = 500
const seconds = 6

const kind = kinds.find((each) => each.name === 'morning-check') as Kind
const surnames = [...'赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨覃韦莫蒙']
const names = [...'伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平']

/**
 * Fills the table by SQL alone: rows like those that the door writes, over owners, days and people. At every size the days
 * span the same years, so that the pages that are asked for are full at both. Nobody's name is there in the clear, which the
 * background would seal row by row.
 */
async function fill(sql: Sql, from: number, to: number): Promise<void> {
  const people = surnames.flatMap((surname) => names.map((name) => `示例${surname}${name}`))
  const keyring = await openKeyring(join(mkdtempSync(join(tmpdir(), 'shisu-bench-')), 'keys.json'), new Date())
  const vectors = people.map((person) => searchVector(keyring, kind, { person: '示例员工', checker: person }))
  await sql`create temp table people as select * from unnest(${people}::text[], ${vectors}::text[]) with ordinality as p(person, vector, n)`
  await sql`alter table morning_check disable trigger all`
  await sql.unsafe(`
    insert into morning_check (owner_id, id, region, day, person, checked_at, temperature, temperature_unit, symptom, hands,
      result, checker, created_at, updated_at, search)
    select o.id, gen_random_uuid(), o.region, date '2023-01-01' + (g / ${owners} * 37 % 1400), null, now(), 36.5, 'CEL', 'none', 'clean',
      'fit', p.person, now(), now(), p.vector::tsvector
    from generate_series(${from}, ${to - 1}) g
    join (select id, region, row_number() over (order by id) - 1 as n from owner where title like 'bench%') o on o.n = g % ${owners}
    join people p on p.n = 1 + g % ${people.length}`)
  await sql`drop table people`
  await sql`alter table morning_check enable trigger all`
  await sql`vacuum analyze morning_check`
}

async function measure(url: string, token: string, path: (index: number) => string): Promise<number> {
  const answered = await load({
    url,
    seconds,
    rate: 60,
    connections: 8,
    request: (index) => ({ path: path(index), headers: { authorization: `Bearer ${token}` } }),
  })
  if (Object.keys(answered.statuses).join() !== '200') throw new Error(JSON.stringify(answered.statuses))
  return percentile(answered.latenciesMs, 0.95)
}

const database = await benchDatabase()
const { sql } = database
await machine(sql)
const now = new Date()
for (let i = 0; i < owners; i++) await createAuthority(sql, `bench ${i}`, counties[i % counties.length] as string)
const tokenFor = async (role: 'county' | 'city', region: string) => {
  const ownerId = await createAuthority(sql, `${role} 示例`, region)
  const id = await createAccount(sql, { ownerId, login: role, name: role, role, password: 'Bench-1234' }, now)
  return createToken(sql, id, { name: role, scopes: [], expiresAt: new Date(now.getTime() + 3600_000) }, now)
}
const county = await tokenFor('county', '450204')
const city = await tokenFor('city', '450200')
const application = await startApplication({ databaseUrl: database.url })
const path = '/api/v1/records/morning-check'
const days = (index: number) => `day.from=2024-0${1 + (index % 9)}-01&day.to=2025-0${1 + (index % 9)}-01`
try {
  const found = new Map<string, number>()
  let filled = 0
  for (const rows of [100_000, 1_000_000]) {
    await fill(sql, filled, rows)
    filled = rows
    await measure(application.url, county, () => `${path}?limit=50`)
    found.set(`list ${rows}`, await measure(application.url, county, (i) => `${path}?limit=50&${days(i)}&result=fit`))
    found.set(`city ${rows}`, await measure(application.url, city, (i) => `${path}?limit=50&${days(i)}`))
    const words = ['覃伟', '韦', 'qinwei', 'lqs', '示例莫芳']
    found.set(
      `search ${rows}`,
      await measure(
        application.url,
        county,
        (i) => `${path}?limit=50&q=${encodeURIComponent(words[i % words.length] as string)}`,
      ),
    )
    // What many have somewhere, few here or nobody at all: left to itself the database goes through the whole city for these.
    const unlucky = ['秀霞', 'lqs', '覃伟', '伟', '示例 莫芳', '示例不在']
    const searched = (token: string) =>
      measure(
        application.url,
        token,
        (i) => `${path}?limit=50&q=${encodeURIComponent(unlucky[i % unlucky.length] as string)}`,
      )
    found.set(`unlucky ${rows}`, Math.max(await searched(county), await searched(city)))
    for (const name of ['list', 'city', 'search', 'unlucky'])
      figure(`${name}.p95ms.${rows}`, found.get(`${name} ${rows}`) as number, 'ms')
  }
  figure('list.p95ms', found.get('list 1000000') as number, 'ms')
  figure('search.p95ms', found.get('search 1000000') as number, 'ms')
  figure('search.unlucky.p95ms', found.get('unlucky 1000000') as number, 'ms')
  figure(
    'list.growth',
    (found.get('list 1000000') as number) / (found.get('list 100000') as number),
    'x at ten times the rows',
  )
} finally {
  await application.close()
  await database.close()
}

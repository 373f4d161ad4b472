import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fillChecks, fillReceipts } from '../../bench/filled.ts'
import { fileHundredRules } from '../../bench/hundred-rules.ts'
import { kinds } from '../../src/catalogue.ts'
import type { Source } from '../../src/language/expression/source.ts'
import { createAuthority } from '../../src/platform/access/accounts.ts'
import { allowedFor } from '../../src/platform/define/allowed.ts'
import { refreshIndicators } from '../../src/platform/indicators/sums.ts'
import { reviewAll } from '../../src/platform/review/run.ts'
import { freshDatabase } from '../database.ts'

type Database = Awaited<ReturnType<typeof freshDatabase>>
let database: Database
let city: string
const byName = new Map(kinds.map((kind) => [kind.name, kind]))

before(async () => {
  database = await freshDatabase()
  city = await createAuthority(database.sql, '示例市局', '450200')
})
after(() => database.close())

const on = async (type: string) =>
  database.sql<{ title: string; trouble: string | null; state: string }[]>`
    select title, trouble, state from definition where type = ${type} order by number`

/** A day from which the standard, had it a new version, would allow less. */
const stricter = new Date('2031-01-02T00:00:00Z')
const allowLess = (name: string) => database.sql`
  insert into rule (name, valid_from, value, unit, article, mark, note) values (${name}, '2031-01-01', 0.001, 'SEC', '示例', 'P', '示例')`

test('[A8.3.2.h2] 10,000 records are judged by 100 rules within the standard’s minute, which the run enforces; a rule that needs longer is switched off and says so', async () => {
  const { sql } = database
  await fillChecks(sql, 10_000, 100)
  await fileHundredRules(sql, city)
  const [done] = await reviewAll(sql, byName, new Date())
  assert.equal(done?.records, 10_000)
  assert.equal((await on('rule')).filter(({ state }) => state === 'on').length, 100, 'none was cut off')
  const [run] = await sql`select rules, records, limit_ms as "limitMs", ms <= limit_ms as kept from review_run`
  assert.deepEqual({ ...run }, { rules: 100, records: 10_000, limitMs: 60_000, kept: true })

  await sql`update definition set state = 'off' where type = 'rule' and number > (select min(number) from definition)`
  await allowLess('review.ten-thousand-seconds')
  await reviewAll(sql, byName, stricter)
  const [first] = await on('rule')
  assert.equal(first?.state, 'off')
  assert.equal(first?.trouble, '超过标准允许的 0.001 秒（每万条记录 0.001 秒），已自动停用')
})

test('[A8.3.2.h3] 10,000 records are summed by 100 categories within the standard’s minute, which the run enforces; one that needs longer is switched off and says so', async () => {
  const { sql } = database
  await fillReceipts(sql, city)
  const body = {
    source: 'material-receipt',
    basis: 'receivedAt',
    counts: 'sum',
    of: { op: 'sum', lines: 'lots', field: 'quantity' },
    category: 'supplier',
    owner: '示例',
    minimum: 30,
    unit: '千克',
  }
  for (const title of ['进货重量', '进货重量之二'])
    await sql`insert into definition (owner_id, id, type, title, version, state, body, reach_column, reach_value, region, created_at, updated_at, updated_by)
      values (${city}, gen_random_uuid(), 'indicator', ${title}, 1, ${title === '进货重量' ? 'on' : 'off'}, ${sql.json(body)}, 'city', '450200', '450200', now(), now(), '示例')`
  await refreshIndicators(sql, byName, 'epcis-event', new Date())
  const [sums] = await sql`
    select count(distinct category)::int as categories, sum(n)::int as records, sum(num)::float8 as total from indicator_by_owner`
  assert.deepEqual({ ...sums }, { categories: 100, records: 10_000, total: 25_000 })
  const [state] = await sql`select limit_ms as "limitMs", ms <= limit_ms as kept from indicator_state`
  assert.deepEqual({ ...state }, { limitMs: 60_000, kept: true })

  await sql`update definition set state = 'on' where title = '进货重量之二'`
  await allowLess('sum.ten-thousand-seconds')
  await refreshIndicators(sql, byName, 'epcis-event', stricter)
  const second = (await on('indicator')).find(({ title }) => title === '进货重量之二')
  assert.equal(second?.state, 'off')
  assert.equal(second?.trouble, '汇总超过标准允许的 0.001 秒（每万条记录 0.001 秒），已自动停用')
})

test('what a run over a large table is allowed follows from the planner’s estimate, grown since or never seen, without a count', async () => {
  const { sql } = database
  const allowed = async () =>
    (await allowedFor(sql, 'review.ten-thousand-seconds', { source: { table: 'many' } as Source }, new Date())).ms
  await sql`create table many as select n, 'x' as filled from generate_series(1, 30000) n`
  assert.equal(await allowed(), 180_000, 'a table that nobody has looked at is counted')
  await sql`insert into many select n, 'x' from generate_series(1, 30000) n`
  await sql`analyze many`
  await sql`insert into many select n, 'x' from generate_series(1, 30000) n`
  const ms = await allowed()
  assert.ok(ms > 500_000 && ms < 580_000, `${ms} ms for 90,000 rows`)
})

// 10,000 records by 100 categories (A8.3.2.h3 allows 60 s); then an indicator over 1,000,000 rows, read and kept in step.
import { kinds } from '../src/catalogue.ts'
import { createAccount, createAuthority } from '../src/platform/access/accounts.ts'
import type { Actor } from '../src/platform/access/actor.ts'
import { answerOf } from '../src/platform/indicators/answer.ts'
import { indicatorsOn } from '../src/platform/indicators/indicator.ts'
import { build, counting } from '../src/platform/indicators/sums.ts'
import { counties, fillChecks, fillReceipts } from './filled.ts'
import { benchDatabase, figure, machine, percentile } from './frame.ts'

const rows = Number(process.argv[2] ?? 1_000_000)
const byName = new Map(kinds.map((kind) => [kind.name, kind]))
const database = await benchDatabase()
const { sql } = database
const field = (name: string) => ({ op: 'field', name })

async function define(city: string, title: string, body: object): Promise<void> {
  await sql`insert into definition (owner_id, id, type, title, version, state, body, reach_column, reach_value, region, created_at, updated_at, updated_by)
    values (${city}, gen_random_uuid(), 'indicator', ${title}, 1, 'on', ${sql.json(body as never)}, 'city', '450200', '450200', now(), now(), 'bench')`
}

async function onlyIndicator() {
  const [indicator] = await indicatorsOn(sql, byName)
  if (!indicator) throw new Error('no indicator')
  return indicator
}

try {
  await machine(sql)
  const city = await createAuthority(sql, '示例市局', '450200')
  const userId = await createAccount(
    sql,
    { ownerId: city, login: 'bench', name: 'bench', role: 'city', password: 'Bench-1234' },
    new Date(),
  )
  const actor: Actor = {
    userId,
    name: 'bench',
    role: 'city',
    ownerId: city,
    ownerTitle: '示例市局',
    region: '450200',
    scopes: [],
  }
  const words = { kinds: byName, regions: [] }
  await fillReceipts(sql, city)
  const common = { owner: '示例', minimum: 30, unit: '千克' }
  await define(city, '进货重量', {
    ...common,
    source: 'material-receipt',
    basis: 'receivedAt',
    counts: 'sum',
    of: { op: 'sum', lines: 'lots', field: 'quantity' },
    category: 'supplier',
  })
  const weight = await onlyIndicator()
  const started = performance.now()
  const taken = await build(sql, weight, new Date())
  const { cells, total } = await answerOf(sql, words, actor, weight, {
    from: '2026-01-01',
    to: '2026-12-31',
    grain: 'year',
    split: 'category',
  })
  if (taken !== 10_000 || cells.length !== 100 || total.value !== 25_000)
    throw new Error(`${taken} ${cells.length} ${total.value}`)
  figure('sum.s', (performance.now() - started) / 1000, 's')
  await sql`update definition set state = 'off'`

  await fillChecks(sql, rows, 1000)
  await define(city, '晨检合格率', {
    ...common,
    unit: '%',
    source: 'morning-check',
    basis: 'day',
    counts: 'share',
    where: { op: 'eq', left: field('result'), right: { op: 'value', value: 'fit' } },
    category: 'hands',
  })
  const pass = await onlyIndicator()
  const building = performance.now()
  await build(sql, pass, new Date())
  figure('indicator.build.s', (performance.now() - building) / 1000, 's')
  await sql`vacuum analyze indicator_by_region, indicator_by_owner, indicator_part`
  const times: number[] = []
  for (let n = 0; n < 120; n++) {
    const year = 2024 + (n % 3)
    const at = performance.now()
    await answerOf(sql, words, actor, pass, {
      from: `${year}-01-01`,
      to: `${year}-12-31`,
      grain: 'month',
      split: 'region',
      region: n % 4 === 0 ? counties[n % 10] : undefined,
    })
    if (n >= 20) times.push(performance.now() - at)
  }
  figure('indicator.p95ms', percentile(times, 0.95), 'ms')
  await sql`alter table morning_check disable trigger all`
  const changed = await sql<{ id: string }[]>`
    update morning_check set hands = case hands when 'clean' then 'not-clean' else 'clean' end, version = version + 1
    where id in (select id from morning_check limit 500) returning id`
  const keeping = performance.now()
  await sql.begin((tx) =>
    counting(byName, () => new Date()).take(
      tx,
      changed.map(({ id }) => ({ kind: 'morning-check', id, seq: '0', at: new Date() })),
    ),
  )
  figure('indicator.refresh500.ms', performance.now() - keeping, 'ms')
  const [space] = await sql<{ bytes: string }[]>`select pg_total_relation_size('indicator_part') as bytes`
  figure('indicator.part.bytes', Number(space?.bytes) / (rows + 10_000), 'B a row')
} finally {
  await database.close()
}

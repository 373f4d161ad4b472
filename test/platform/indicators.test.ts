import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { kinds } from '../../src/catalogue.ts'
import { eventSource } from '../../src/platform/define/ground.ts'
import { comparisons } from '../../src/platform/indicators/figures.ts'
import { indicatorsOn } from '../../src/platform/indicators/indicator.ts'
import { counting, partsSql, refreshIndicators } from '../../src/platform/indicators/sums.ts'
import { openTown, type Person, type Town } from '../people.ts'

let town: Town
const byName = new Map(kinds.map((kind) => [kind.name, kind]))
const field = (name: string) => ({ op: 'field', name })
const value = (of: string | number, unit?: string) => ({ op: 'value', value: of, ...(unit ? { unit } : {}) })
const fit = { op: 'eq', left: field('result'), right: value('fit') }
const share = {
  source: 'morning-check',
  basis: 'day',
  counts: 'share',
  where: fit,
  unit: '%',
  owner: '示例科',
  minimum: 5,
  category: 'hands',
  better: 'up',
}

before(async () => {
  town = await openTown()
})
after(() => town.server.close())

type Figures = {
  cells: { at: string; key: string; title: string; value: number | null; num: number; den: number; small: boolean }[]
  total: { value: number | null; num: number; den: number; small: boolean; rows: number }
  yearAgo: { percent: number | null }
  before: { percent: number | null }
  words: string
  asOf: string
}

async function check(
  person: Person,
  day: string,
  result: 'fit' | 'unfit',
  hands = 'clean',
): Promise<{ id: string; version: number }> {
  const { status, body } = await person.call('POST', '/api/v1/records/morning-check', {
    day,
    person: `示例${Math.random()}`.slice(0, 12),
    checkedAt: `${day}T08:00:00+08:00`,
    temperature: { value: '36.5', unit: 'CEL' },
    symptom: 'none',
    hands,
    result,
    ...(result === 'unfit' ? { measure: '示例处置' } : {}),
    checker: '示例安全员',
  })
  assert.equal(status, 201, JSON.stringify(body))
  return body as never
}

async function make(person: Person, title: string, body: object): Promise<string> {
  const answer = await person.call('POST', '/api/v1/indicators', { title, body })
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  return String(answer.body.id)
}

const read = async (person: Person, id: string, query = '') =>
  (await person.call<Figures>('GET', `/api/v1/indicators/${id}/figures?from=2026-01-01&to=2026-12-31${query}`)).body

/** What the follower does, now. */
const follow = (ids: string[]) =>
  town.server.sql.begin((tx) =>
    counting(byName, () => new Date()).take(
      tx,
      ids.map((id) => ({ kind: 'morning-check', id, seq: '0', at: new Date() })),
    ),
  )

let pass: string
const made: { id: string; version: number; person: Person }[] = []

test('[B6.5] an indicator counts by region, subject, category and month within the reader’s reach, with 同比 and 环比', async () => {
  for (const [person, n] of [
    [town.factory, 6],
    [town.neighbour, 4],
  ] as const)
    for (let i = 0; i < n; i++)
      made.push({
        ...(await check(person, `2026-0${1 + (i % 3)}-10`, i === 0 ? 'unfit' : 'fit', i % 2 ? 'clean' : 'not-clean')),
        person,
      })
  for (let i = 0; i < 2; i++) await check(town.factory, '2025-02-10', 'fit')
  pass = await make(town.city, '晨检合格率', share)
  const city = await read(town.city, pass)
  assert.deepEqual([city.total.num, city.total.den, city.total.value], [8, 10, 80])
  assert.match(city.words, /晨检（结论 是 “可以上岗”）的条数 ÷ 晨检的条数 × 100%，按日期计/)
  assert.equal(city.yearAgo.percent, -20)
  const regions = await read(town.city, pass, '&split=region&grain=year')
  assert.deepEqual(
    regions.cells.map((cell) => [cell.key, cell.den]),
    [
      ['450203', 4],
      ['450204', 6],
    ],
  )
  assert.deepEqual(
    (await read(town.city, pass, '&split=owner&grain=year')).cells.map((cell) => cell.den).sort(),
    [4, 6],
  )
  const hands = await read(town.city, pass, '&split=category&grain=year')
  assert.deepEqual(hands.cells.map((cell) => [cell.title, cell.den]).sort(), [
    ['不合格', 5],
    ['合格', 5],
  ])
  assert.equal((await read(town.county, pass)).total.den, 6, 'a county counts its own')
  assert.equal((await read(town.neighbour, pass)).total.den, 4, 'an enterprise counts its own')
})

test('a denominator that is empty or small is flagged, never a bare percentage', async () => {
  const small = await read(town.neighbour, pass)
  assert.equal(small.total.small, true)
  const { body } = await town.city.call<Figures>(
    'GET',
    `/api/v1/indicators/${pass}/figures?from=2020-01-01&to=2020-12-31`,
  )
  assert.deepEqual([body.total.value, body.total.small], [null, true])
})

test('a division by zero counts for nothing, and the indicator stands', async () => {
  const none = { op: 'days', from: field('day'), to: field('day') }
  const of = { op: 'div', left: { op: 'days', from: field('day'), to: { op: 'today' } }, right: none }
  const { where, ...body } = share as Record<string, unknown>
  const id = await make(town.city, '除以零', { ...body, counts: 'sum', of, unit: '天' })
  const { total } = await read(town.city, id)
  assert.deepEqual([total.num, total.den], [0, 0])
})

test('a figure drills to exactly the rows that it counts', async () => {
  const list = (part: string, person = town.city) =>
    person.call<{ total: number }>(
      'GET',
      `/api/v1/records/morning-check?indicator=${pass}&indicatorFrom=2026-01-01&indicatorTo=2026-12-31&indicatorPart=${part}`,
    )
  assert.deepEqual([(await list('num')).body.total, (await list('den')).body.total], [8, 10])
  assert.equal((await list('den', town.county)).body.total, 6)
  const wrong = await town.city.call(
    'GET',
    `/api/v1/records/sampling-test?indicator=${pass}&indicatorFrom=2026-01-01&indicatorTo=2026-12-31`,
  )
  assert.equal(wrong.status, 422)
  const csv = await town.city.call<{ text: string }>(
    'GET',
    `/api/v1/records/morning-check/export?format=csv&indicator=${pass}&indicatorFrom=2026-01-01&indicatorTo=2026-12-31`,
  )
  assert.equal(csv.status, 200, JSON.stringify(csv.body))
  assert.equal(csv.body.text.trim().split('\n').length, 1 + 8)
})

test('[C5.4.3.a] an indicator is called as Excel and as Word, with its formula and the time of its data', async () => {
  for (const ending of ['xlsx', 'docx']) {
    const response = await fetch(
      `${town.server.url}/api/v1/indicators/${pass}/figures.${ending}?from=2026-01-01&to=2026-12-31&split=region`,
      {
        headers: { authorization: `Bearer ${town.city.token}` },
      },
    )
    assert.equal(response.status, 200)
    assert.equal(Buffer.from(await response.arrayBuffer()).toString('latin1', 0, 2), 'PK', ending)
  }
})

/** The sums as they are kept, and as a recount of all rows makes them. */
async function kept(table: 'indicator_by_region' | 'indicator_by_owner') {
  const { sql } = town.server
  const columns = table === 'indicator_by_region' ? 'county, day, category' : 'owner_id, county, day, category'
  const stored = await sql.unsafe(
    `select indicator, ${columns}, num, den, n from ${table} where n <> 0 order by indicator, ${columns}`,
  )
  const counted = []
  for (const indicator of await indicatorsOn(sql, byName)) {
    const { text, values } = partsSql(indicator, new Date())
    counted.push(
      ...(await sql.unsafe(
        `select ${indicator.definition.number} as indicator, ${columns}, sum(num) as num, sum(den) as den, count(*) as n from (${text}) p group by ${columns} order by ${columns}`,
        values as never[],
      )),
    )
  }
  const plain = (rows: readonly object[]) =>
    rows
      .map((row) =>
        JSON.stringify({
          ...row,
          num: Number((row as { num: string }).num),
          den: Number((row as { den: string }).den),
        }),
      )
      .sort()
  return [plain(stored), plain(counted)]
}

test('[A8.3.2.g] sums kept in step through the feed equal a recount, whatever happened to the records and however often it is told', async () => {
  await make(town.city, '晨检次数', { ...share, counts: 'count', where: undefined, unit: '次', category: 'result' })
  await make(town.city, '平均登记时长', {
    ...share,
    counts: 'average',
    of: { op: 'hours', from: field('checkedAt'), to: field('createdAt') },
    where: undefined,
    unit: '小时',
  })
  let seed = 7
  const random = (n: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed % n
  }
  for (let round = 0; round < 4; round++) {
    const ids: string[] = []
    for (let i = 0; i < 12; i++) {
      const one = made[random(made.length)]
      if (!one) continue
      const { body } = await one.person.call('GET', `/api/v1/records/morning-check/${one.id}`)
      if (random(4) === 0)
        made.push({ ...(await check(one.person, `2026-0${1 + random(9)}-1${random(9)}`, 'fit')), person: one.person })
      else if (random(5) === 0)
        await one.person.call('POST', `/api/v1/records/morning-check/${one.id}/void`, {
          version: body.version,
          reason: '示例作废',
        })
      else
        await one.person.call('PATCH', `/api/v1/records/morning-check/${one.id}`, {
          version: body.version,
          day: `2026-0${1 + random(9)}-2${random(8)}`,
          hands: random(2) ? 'clean' : 'not-clean',
          ...(random(2) ? { result: 'fit' } : { result: 'unfit', measure: '示例' }),
        })
      ids.push(one.id, made.at(-1)?.id ?? one.id)
    }
    // Told twice, and some twice within one step.
    await follow(ids)
    await follow(ids.slice(3))
    await follow(made.map((one) => one.id))
    for (const table of ['indicator_by_region', 'indicator_by_owner'] as const) {
      const [stored, counted] = await kept(table)
      assert.deepEqual(
        [stored?.filter((row) => !counted?.includes(row)), counted?.filter((row) => !stored?.includes(row))],
        [[], []],
        `${table} ${round}`,
      )
    }
  }
})

test('events are counted as they arrive, for whoever captured them', async () => {
  const id = await make(town.city, '事件数', {
    source: eventSource.name,
    basis: 'eventTime',
    counts: 'count',
    unit: '个',
    owner: '示例科',
    minimum: 1,
    category: 'bizStep',
  })
  const event = (n: number) => ({
    '@context': ['https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld'],
    type: 'EPCISDocument',
    schemaVersion: '2.0',
    creationDate: '2026-11-20T00:00:00Z',
    epcisBody: {
      eventList: [
        {
          type: 'ObjectEvent',
          eventTime: `2026-11-0${n}T08:00:00+08:00`,
          eventTimeZoneOffset: '+08:00',
          epcList: [`urn:epc:id:sgtin:4012345.011111.${n}`],
          action: 'OBSERVE',
          bizStep: 'shipping',
        },
      ],
    },
  })
  for (const n of [1, 2]) assert.equal((await town.factory.call('POST', '/epcis/capture', event(n))).status, 202)
  await refreshIndicators(town.server.sql, byName, eventSource.name, new Date())
  const { cells, total } = await read(town.city, id, '&split=category')
  assert.equal(total.rows, 2)
  assert.equal(cells[0]?.title, '发货')
  assert.equal((await read(town.neighbour, id)).total.rows, 0)
})

test('a wrong indicator is refused at each place; what was changed is counted anew', async () => {
  const { status, body } = await town.city.call<{ problems: { at: string }[] }>('POST', '/api/v1/indicators', {
    title: 'x',
    body: {
      source: 'morning-check',
      basis: 'person',
      counts: 'magic',
      unit: '',
      owner: '',
      minimum: 0,
      category: 'person',
      better: 'x',
      note: 1,
      extra: 1,
      where: { op: 'gt', left: field('day'), right: value('x') },
    },
  })
  assert.equal(status, 422)
  assert.deepEqual(body.problems.map((each) => each.at).sort(), [
    '/basis',
    '/better',
    '/category',
    '/counts',
    '/extra',
    '/minimum',
    '/note',
    '/owner',
    '/unit',
    '/where/right/value',
  ])
  const text = await town.city.call<{ problems: { at: string }[] }>('POST', '/api/v1/indicators', {
    title: '人名合计',
    body: { ...share, counts: 'sum', of: field('checker') },
  })
  assert.equal(text.body.problems[0]?.at, '/of')
  const current = await town.city.call('GET', `/api/v1/indicators/${pass}`)
  const changed = await town.city.call('PUT', `/api/v1/indicators/${pass}`, {
    version: current.body.version,
    title: '不合格率',
    body: { ...share, where: { op: 'not', of: fit } },
  })
  assert.equal(changed.status, 200, JSON.stringify(changed.body))
  const after = await read(town.city, pass)
  assert.equal(
    after.total.num +
      (
        await town.city.call<{ total: number }>(
          'GET',
          `/api/v1/records/morning-check?result=fit&day.from=2026-01-01&state=active`,
        )
      ).body.total,
    after.total.den,
  )
})

test('periods are compared as people do: a month with the month before, a year ago with the same days', () => {
  assert.deepEqual(comparisons({ from: '2026-02-01', to: '2026-02-28' }), {
    before: { from: '2026-01-01', to: '2026-01-31' },
    yearAgo: { from: '2025-02-01', to: '2025-02-28' },
  })
  assert.deepEqual(comparisons({ from: '2025-02-01', to: '2025-02-28' }).yearAgo, {
    from: '2024-02-01',
    to: '2024-02-29',
  })
  assert.deepEqual(comparisons({ from: '2026-03-05', to: '2026-03-11' }).before, {
    from: '2026-02-26',
    to: '2026-03-04',
  })
})

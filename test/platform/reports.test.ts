import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { kinds } from '../../src/catalogue.ts'
import type { Run } from '../../src/platform/jobs/job.ts'
import { openKeyring } from '../../src/platform/protect/keyring.ts'
import { duePeriods, lastPeriod, periodWords } from '../../src/platform/reports/period.ts'
import { makeDue } from '../../src/platform/reports/periodic.ts'
import { openTown, type Person, type Town } from '../people.ts'

let town: Town
let pass: string
const byName = new Map(kinds.map((kind) => [kind.name, kind]))
const field = (name: string) => ({ op: 'field', name })
const is = (name: string, value: string) => ({ op: 'eq', left: field(name), right: { op: 'value', value } })

async function check(person: Person, day: string, result: 'fit' | 'unfit'): Promise<void> {
  const { status, body } = await person.call('POST', '/api/v1/records/morning-check', {
    day,
    person: '示例员工',
    checkedAt: `${day}T08:00:00+08:00`,
    temperature: { value: '36.5', unit: 'CEL' },
    symptom: 'none',
    hands: 'clean',
    result,
    ...(result === 'unfit' ? { measure: '示例处置' } : {}),
    checker: '示例安全员',
  })
  assert.equal(status, 201, JSON.stringify(body))
}

before(async () => {
  town = await openTown()
  for (let day = 1; day <= 6; day++) await check(town.factory, `2026-10-0${day}`, day === 1 ? 'unfit' : 'fit')
  for (let day = 1; day <= 2; day++) await check(town.neighbour, `2026-10-0${day}`, 'fit')
  const made = await town.city.call('POST', '/api/v1/indicators', {
    title: '示例合格率',
    body: {
      source: 'morning-check',
      basis: 'day',
      counts: 'share',
      where: is('result', 'fit'),
      unit: '%',
      owner: '示例科',
      minimum: 5,
      category: 'result',
    },
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  pass = String(made.body.id)
})
after(() => town.server.close())

const blocks = () => [
  { is: 'heading', text: '一、晨检（{区域}）' },
  { is: 'text', text: '{期间}合格率 {示例合格率}，由{编制单位}编制，数据时间 {数据时间}。' },
  { is: 'figures', indicators: [pass] },
  { is: 'table', indicator: pass, along: 'region' },
  { is: 'chart', indicator: pass, along: 'trend' },
  { is: 'ranking', indicator: pass, along: 'owner', top: 5 },
  {
    is: 'list',
    source: 'morning-check',
    basis: 'day',
    columns: ['day', 'result', 'ownerTitle'],
    where: is('result', 'unfit'),
    most: 10,
  },
]
const body = (more: object = {}) => ({ cadence: 'month', auto: false, counties: false, blocks: blocks(), ...more })

type Piece = {
  is: string
  text?: string
  title?: string
  heads?: string[]
  rows?: string[][]
  foot?: string[]
  svg?: string
}
type Shown = { title: string; content: { pieces: Piece[] } }

async function template(person: Person, title: string, of: object): Promise<string> {
  const answer = await person.call('POST', '/api/v1/report-templates', { title, body: of, state: 'on' })
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  return String(answer.body.id)
}

async function make(person: Person, id: string, asked: object = {}): Promise<string> {
  const answer = await person.call('POST', `/api/v1/report-templates/${id}/reports`, asked)
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
  return String(answer.body.id)
}

const october = { from: '2026-10-01', to: '2026-10-31' }
const read = (person: Person, id: string) => person.call<Shown>('GET', `/api/v1/reports/${id}`)

/** The parts of a zip, by name. */
function unzip(file: Buffer): Map<string, Buffer> {
  const parts = new Map<string, Buffer>()
  let at = file.lastIndexOf('PK\u0005\u0006', undefined, 'latin1')
  const count = file.readUInt16LE(at + 10)
  at = file.readUInt32LE(at + 16)
  for (let n = 0; n < count; n++) {
    const [method, size, name, extra, remark, place] = [
      file.readUInt16LE(at + 10),
      file.readUInt32LE(at + 20),
      file.readUInt16LE(at + 28),
      file.readUInt16LE(at + 30),
      file.readUInt16LE(at + 32),
      file.readUInt32LE(at + 42),
    ] as [number, number, number, number, number, number]
    const start = place + 30 + file.readUInt16LE(place + 26) + file.readUInt16LE(place + 28)
    const data = file.subarray(start, start + size)
    parts.set(file.toString('utf8', at + 46, at + 46 + name), method === 8 ? inflateRawSync(data) : data)
    at += 46 + name + extra + remark
  }
  return parts
}

async function fileOf(person: Person, path: string): Promise<Map<string, Buffer>> {
  const response = await fetch(town.server.url + path, { headers: { authorization: `Bearer ${person.token}` } })
  assert.equal(response.status, 200)
  return unzip(Buffer.from(await response.arrayBuffer()))
}

let monthly: string
let report: string

test('[C5.4.3.a] [D4.3.7.6] a report is defined as a template, made for a period and a region, and kept as it was made', async () => {
  monthly = await template(town.city, '示例月报', body())
  report = await make(town.city, monthly, october)
  const { body: shown } = await read(town.city, report)
  assert.match(shown.title, /^示例月报（2026年10月，/)
  const [heading, text, figures, table, chart, ranking, list] = shown.content.pieces as Piece[]
  assert.match(heading?.text ?? '', /一、晨检（.+）/)
  assert.match(text?.text ?? '', /2026年10月合格率 87\.5%（7 \/ 8）/)
  assert.equal(figures?.rows?.[0]?.[1], '87.5%（7 / 8）')
  assert.deepEqual(
    table?.rows?.map((row) => row.slice(1)),
    [
      ['100', '2', '2', '样本仅 2，不足 5'],
      ['83.33', '5', '6', ''],
    ],
  )
  assert.match(table?.foot?.join() ?? '', /公式：晨检（结论 是 “可以上岗”）的条数 ÷ 晨检的条数 × 100%.*分母 8/)
  assert.match(chart?.svg ?? '', /^<svg[^>]*>.*2026-10.*87\.5%/)
  assert.equal(ranking?.rows?.[0]?.[0], '1')
  assert.deepEqual(list?.rows, [['2026-10-01', '暂停上岗', '示例食品厂甲']])
  assert.match(list?.foot?.join() ?? '', /共 1 条/)
  await check(town.factory, '2026-10-07', 'unfit')
  assert.deepEqual((await read(town.city, report)).body.content, shown.content, 'what was made stays')
})

test('[B6.5] a report of a county is made with that county’s scope', async () => {
  const { body: shown } = await read(town.city, await make(town.city, monthly, { ...october, region: '450203' }))
  assert.match(shown.content.pieces[1]?.text ?? '', /100%（2 \/ 2，样本仅 2，不足 5）/)
  const beyond = await town.county.call('POST', `/api/v1/report-templates/${monthly}/reports`, { region: '450203' })
  assert.equal(beyond.status, 403)
})

test('an empty denominator is said in words, never a bare percentage', async () => {
  const { body: shown } = await read(
    town.city,
    await make(town.city, monthly, { from: '2020-01-01', to: '2020-01-31' }),
  )
  assert.match(shown.content.pieces[1]?.text ?? '', /没有数据（分母为 0）/)
  assert.deepEqual(shown.content.pieces[2]?.rows?.[0]?.slice(1), [
    '没有数据（分母为 0）',
    '没有数据（分母为 0）',
    '—',
    '没有数据（分母为 0）',
    '—',
  ])
})

test('a report is read only within the jurisdiction and the rights of whoever opens it', async () => {
  const own = await make(town.county, monthly, october)
  assert.equal((await read(town.county, own)).status, 200)
  assert.equal((await read(town.city, own)).status, 200)
  assert.equal((await read(town.otherCounty, own)).status, 404)
  assert.equal((await read(town.county, report)).status, 404, 'a county does not read the city’s')
  assert.equal((await read(town.factory, own)).status, 404)
  const firm = await make(
    town.factory,
    await template(town.factory, '示例厂月报', {
      ...body(),
      blocks: [{ is: 'list', source: 'morning-check', basis: 'day', columns: ['day'], most: 5 }],
    }),
    october,
  )
  assert.equal((await read(town.factory, firm)).status, 200)
  assert.equal((await read(town.neighbour, firm)).status, 404)
  assert.equal((await read(town.county, firm)).status, 404, 'an enterprise’s report is its own')
  const listed = await town.otherCounty.call<{ items: { id: string }[] }>('GET', '/api/v1/reports')
  assert.ok(!listed.body.items.some(({ id }) => [report, own, firm].includes(id)))
})

test('[C5.4.3.a] a report is taken away as Word with its charts drawn and as Excel with numbers as numbers', async () => {
  const word = await fileOf(town.city, `/api/v1/reports/${report}/report.docx`)
  const text = word.get('word/document.xml')?.toString('utf8') ?? ''
  assert.match(text, /公式：晨检/)
  assert.match(text, /数据时间/)
  assert.match(text, /asvg:svgBlip/)
  const media = [...word.keys()].filter((name) => name.startsWith('word/media/'))
  assert.ok(media.some((name) => word.get(name)?.subarray(0, 4).toString('latin1') === '\u0089PNG'))
  assert.ok(media.some((name) => word.get(name)?.toString('utf8').startsWith('<svg')))
  const excel = await fileOf(town.city, `/api/v1/reports/${report}/report.xlsx`)
  assert.match(excel.get('xl/worksheets/sheet3.xml')?.toString('utf8') ?? '', /<v>83\.33<\/v>/)
  assert.match(excel.get('xl/worksheets/sheet3.xml')?.toString('utf8') ?? '', /公式：/)
})

test('a template with an unknown field or indicator is refused, naming block and field', async () => {
  const wrong: [object, string, RegExp][] = [
    [{ is: 'text', text: '{没有的指标}' }, '/blocks/0/text', /^第 1 块（正文）：没有名为“没有的指标”的占位项或指标/],
    [{ is: 'text', text: '' }, '/blocks/0/text', /第 1 块（正文）：请填写文字/],
    [{ is: 'heading', text: '长'.repeat(61) }, '/blocks/0/text', /第 1 块（标题）/],
    [{ is: 'figures', indicators: [] }, '/blocks/0/indicators', /请选择 1 到 12 个指标/],
    [
      { is: 'figures', indicators: [crypto.randomUUID()] },
      '/blocks/0/indicators/0',
      /第 1 块（指标数值）：没有这个指标/,
    ],
    [{ is: 'table', indicator: pass, along: 'moon' }, '/blocks/0/along', /第 1 块（指标表）/],
    [{ is: 'chart', indicator: '', along: 'time' }, '/blocks/0/indicator', /第 1 块（指标图）：请选择指标/],
    [{ is: 'ranking', indicator: pass, along: 'time', top: 5 }, '/blocks/0/along', /排名只能按/],
    [{ is: 'ranking', indicator: pass, along: 'owner', top: 0 }, '/blocks/0/top', /名次应为 1 到 50/],
    [{ is: 'list', source: 'moon', basis: 'day', columns: ['day'], most: 5 }, '/blocks/0/source', /请选择要列的记录/],
    [
      { is: 'list', source: 'morning-check', basis: 'person', columns: ['day'], most: 5 },
      '/blocks/0/basis',
      /没有这个时间/,
    ],
    [
      { is: 'list', source: 'morning-check', basis: 'day', columns: ['moon'], most: 5 },
      '/blocks/0/columns/0',
      /^第 1 块（记录清单）：晨检没有名为“moon”的字段/,
    ],
    [
      { is: 'list', source: 'morning-check', basis: 'day', columns: ['person'], most: 5 },
      '/blocks/0/columns/0',
      /个人信息/,
    ],
    [{ is: 'list', source: 'morning-check', basis: 'day', columns: ['day'], most: 9999 }, '/blocks/0/most', /行数应为/],
    [
      { is: 'list', source: 'morning-check', basis: 'day', columns: ['day'], most: 5, where: is('moon', 'x') },
      '/blocks/0/where/left/name',
      /第 1 块（记录清单）.*moon/,
    ],
    [{ is: 'magic' }, '/blocks/0/is', /没有这种内容块/],
    [{ is: 'heading', text: '一', colour: 'red' }, '/blocks/0/colour', /没有名为“colour”的项/],
  ]
  for (const [block, at, text] of wrong) {
    const { status, body: told } = await town.city.call<{ problems: { at: string; text: string }[] }>(
      'POST',
      '/api/v1/report-templates',
      { title: '示例', body: body({ blocks: [block] }) },
    )
    assert.equal(status, 422, JSON.stringify(block))
    assert.ok(
      told.problems.some((each) => each.at === at && text.test(each.text)),
      JSON.stringify([block, told.problems]),
    )
  }
  const frame = await town.city.call<{ problems: { at: string }[] }>('POST', '/api/v1/report-templates', {
    title: 'x',
    state: 'moon',
    body: { cadence: 'hour', auto: 1, counties: 'x', blocks: [], note: 1, extra: 1 },
  })
  assert.deepEqual(frame.body.problems.map(({ at }) => at).sort(), [
    '/auto',
    '/blocks',
    '/cadence',
    '/counties',
    '/extra',
    '/note',
    '/state',
    '/title',
  ])
  const county = await town.county.call('POST', '/api/v1/report-templates', {
    title: '示例',
    body: body({ counties: true }),
  })
  assert.equal(county.status, 422)
})

test('a template has versions and states; a renamed indicator is still found, and a draft makes no report', async () => {
  const current = await town.city.call('GET', `/api/v1/report-templates/${monthly}`)
  const indicator = await town.city.call('GET', `/api/v1/indicators/${pass}`)
  const renamed = await town.city.call('PUT', `/api/v1/indicators/${pass}`, {
    version: indicator.body.version,
    title: '示例新名字',
    body: indicator.body.body,
  })
  assert.equal(renamed.status, 200)
  const saved = await town.city.call('PUT', `/api/v1/report-templates/${monthly}`, {
    version: current.body.version,
    title: '示例月报',
    body: current.body.body,
    state: 'off',
  })
  assert.deepEqual([saved.status, saved.body.state, saved.body.version], [200, 'off', 2])
  assert.equal((await town.city.call('POST', `/api/v1/report-templates/${monthly}/reports`, october)).status, 409)
  const stale = await town.city.call('PUT', `/api/v1/report-templates/${monthly}`, {
    version: 1,
    title: '示例月报',
    body: current.body.body,
  })
  assert.equal(stale.status, 409)
  assert.equal(
    (
      await town.county.call('PUT', `/api/v1/report-templates/${monthly}`, {
        version: 2,
        title: '示例月报',
        body: current.body.body,
      })
    ).status,
    403,
  )
})

test('[A7.3] periodic reports are made once for each period and place when it is over, are kept and told to their readers', async () => {
  const { sql, dataDir } = town.server
  const keyring = await openKeyring(`${dataDir}/keys/keys.json`, new Date())
  await template(
    town.city,
    '示例日报',
    body({ cadence: 'day', auto: true, counties: true, blocks: [{ is: 'text', text: '{区域}{期间}：{示例新名字}' }] }),
  )
  const regions = [
    { code: '450200', title: '示例市' },
    { code: '450203', title: '示例乙区' },
    { code: '450204', title: '示例甲区' },
  ]
  const at = (now: string) => {
    const when = new Date(now)
    const press = { sql: sql as never, words: { kinds: byName, regions }, keyring, clock: () => when }
    const run: Run = {
      now: when,
      signal: new AbortController().signal,
      progress: async () => {},
      guard: async () => {},
    }
    return makeDue(press, run, ['450203', '450204'])
  }
  assert.equal(await at('2026-10-03T05:00:00+08:00'), 0, 'the night’s work comes first')
  const [one, other] = await Promise.all([at('2026-10-03T07:00:00+08:00'), at('2026-10-03T07:00:00+08:00')])
  assert.equal(one + other, 3, 'one for the city and each county, whoever runs')
  assert.equal(await at('2026-10-03T09:00:00+08:00'), 0)
  assert.equal(await at('2026-10-06T07:00:00+08:00'), 9, 'days that were missed are made up for')
  const rows =
    await sql`select title, region, content #>> '{pieces,0,text}' as text from report where by_clock and period_from = '2026-10-02' order by region`
  assert.deepEqual(
    rows.map((row) => row.text),
    [
      '示例市2026年10月2日：100%（2 / 2，样本仅 2，不足 5）',
      '示例乙区2026年10月2日：100%（1 / 1，样本仅 1，不足 5）',
      '示例甲区2026年10月2日：100%（1 / 1，样本仅 1，不足 5）',
    ],
  )
  const inbox = await town.otherCounty.call<{ items: { topic: string; title: string; recordId: string }[] }>(
    'GET',
    '/api/v1/messages',
  )
  const told = inbox.body.items.filter(({ topic }) => topic === 'report')
  assert.equal(told.length, 4)
  assert.ok(told.every(({ title }) => title.includes('示例乙区')))
  assert.equal((await read(town.otherCounty, String(told[0]?.recordId))).status, 200)
})

test('periods are those of the calendar, weeks from Monday', () => {
  assert.deepEqual(lastPeriod('week', '2026-11-21'), { from: '2026-11-09', to: '2026-11-15' })
  assert.deepEqual(lastPeriod('quarter', '2026-11-21'), { from: '2026-07-01', to: '2026-09-30' })
  assert.deepEqual(lastPeriod('year', '2026-01-01'), { from: '2025-01-01', to: '2025-12-31' })
  assert.deepEqual(lastPeriod('month', '2026-03-01'), { from: '2026-02-01', to: '2026-02-28' })
  assert.equal(periodWords('quarter', { from: '2026-07-01', to: '2026-09-30' }), '2026年第3季度')
  assert.equal(periodWords('week', { from: '2026-12-28', to: '2027-01-03' }), '2026年12月28日至2027年1月3日')
  assert.deepEqual(
    duePeriods('month', '2026-11-21', '2026-08-01', 31).map(({ from }) => from),
    ['2026-09-01', '2026-10-01'],
  )
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { voiceCode } from '../../src/areas/response/operations/voice-code.ts'
import { watchRecalls } from '../../src/areas/response/operations/watch-recalls.ts'
import { openArchive } from '../../src/platform/sheets/unzip.ts'
import { authority, enterprise, type Person } from '../people.ts'
import { startServer, type TestServer } from '../server.ts'
import { at, documentOf, event, type Fields, lot, pallet } from '../trace/chain.ts'
import { released, testHeld } from './held.ts'
import { dayNumber, rowWith, sheetsOf } from './workbook.ts'

const rice = '06901000000103'
const bag = '06901000000301'
const flour = lot(rice, 'RF1')
const packed = lot(bag, 'PK1')
const box = pallet('069010000000004008')
const recalled = /<title>已召回/
const uuid = (n: number) => `01980000-0000-7000-8000-00000000${String(n).padStart(4, '0')}`

type Progress = {
  number: string
  mode: string
  state: string
  acknowledged: number
  late: number
  holders: { task: string; title: string; state: string; acknowledgedAt?: string; isLate: boolean }[]
  effect: { unit: string; involved: string; returned: string; destroyed: string; rate: string }[]
  breaches: { key: string; eventId: string }[]
}
type Preview = {
  lots: { key: string; made: string; quantity: string }[]
  holders: { title?: string; goods: { quantity: string; lot?: string }[]; sold: { quantity: string }[] }[]
  clock: { acknowledgeBy: string }
}

let server: TestServer
let city: Person
let county: Person
let otherCounty: Person
let mill: Person
let factory: Person
let shop: Person
const glns = new Map<Person, string>()

const place = (who: Person) => ({ id: `https://id.gs1.org/414/${glns.get(who)}` })
const towards = (who: Person) => ({
  destinationList: [{ type: 'possessing_party', destination: `https://id.gs1.org/417/${glns.get(who)}` }],
})
const from = (who: Person) => ({
  sourceList: [{ type: 'possessing_party', source: `https://id.gs1.org/417/${glns.get(who)}` }],
})

async function capture(who: Person, events: Fields[]): Promise<void> {
  const { status, body } = await who.call('POST', '/epcis/capture', documentOf(events))
  assert.equal(status, 202, JSON.stringify(body))
}

async function run<T>(who: Person, name: string, fields: Fields): Promise<{ status: number; body: T }> {
  return who.call<T>('POST', `/api/v1/operations/${name}`, fields)
}

before(async () => {
  server = await startServer()
  city = await authority(server, 'city', '450200')
  county = await authority(server, 'county', '450204')
  otherCounty = await authority(server, 'county', '450203')
  mill = await enterprise(server, city, '450203', '示例米粉厂')
  factory = await enterprise(server, city, '450204', '示例螺蛳粉厂')
  shop = await enterprise(server, city, '450204', '示例便利店')
  for (const who of [mill, factory, shop]) {
    const [owner] = await server.sql<{ gln: string }[]>`select gln from owner where id = ${who.ownerId}`
    glns.set(who, owner?.gln ?? '')
  }
  const kilograms = { quantityList: [{ epcClass: flour, quantity: 100, uom: 'KGM' }] }
  const seen = (day: number, bizStep: string, who: Person, fields: Fields) =>
    event('ObjectEvent', at(day), { action: 'OBSERVE', bizStep, bizLocation: place(who), ...fields })
  await capture(mill, [
    event('ObjectEvent', at(1), { action: 'ADD', bizStep: 'commissioning', bizLocation: place(mill), ...kilograms }),
    seen(2, 'shipping', mill, { ...kilograms, ...from(mill), ...towards(factory) }),
  ])
  await capture(factory, [
    seen(3, 'receiving', factory, { ...kilograms, ...from(mill) }),
    event('TransformationEvent', at(4), {
      bizLocation: place(factory),
      inputQuantityList: [{ epcClass: flour, quantity: 100, uom: 'KGM' }],
      // Fifty in all: a bag that is named is none of those beside it.
      outputQuantityList: [{ epcClass: packed, quantity: 48 }],
      outputEPCList: ['S1', 'S2'].map((serial) => `https://id.gs1.org/01/${bag}/21/${serial}`),
      ilmd: { 'cbvmda:descriptionShort': '示例螺蛳粉' },
    }),
    event('AggregationEvent', at(5), {
      action: 'ADD',
      bizLocation: place(factory),
      parentID: box,
      childQuantityList: [{ epcClass: packed, quantity: 30 }],
    }),
    seen(6, 'shipping', factory, {
      epcList: [box],
      ...towards(shop),
      bizTransactionList: [{ type: 'desadv', bizTransaction: 'urn:epcglobal:cbv:bt:6901000000004:SHD-1' }],
    }),
  ])
  await capture(shop, [
    seen(7, 'receiving', shop, { epcList: [box] }),
    event('AggregationEvent', at(7, 9), { action: 'DELETE', bizLocation: place(shop), parentID: box }),
    seen(8, 'retail_selling', shop, { quantityList: [{ epcClass: packed, quantity: 4 }] }),
  ])
})

after(() => server.close())

/** As the application's own role does by the clock. */
const watch = (now: Date) =>
  server.sql.begin(async (sql) => {
    await sql`set local role shisu_web`
    await watchRecalls(sql, now)
  })

const start = (fields: Fields = {}): Fields => ({
  from: 'lot',
  id: flour,
  level: 'first',
  mode: 'real',
  reason: '原料检出不合格',
  measures: '停止销售，全部追回销毁',
  ...fields,
})
const onlyScope = ({ reason: _, measures: __, order: ___, ...fields }: Fields) => fields

async function lotPage(): Promise<string> {
  const response = await fetch(`${server.url}/01/${bag}/10/PK1`, { headers: { accept: 'text/html' } })
  return response.text()
}

async function count(table: string): Promise<number> {
  const [row] = await server.sql.unsafe<{ count: number }[]>(`select count(*)::int as count from ${table}`)
  return row?.count ?? 0
}

test('a preview says what is concerned, who has how much, and by when; it writes nothing', async () => {
  const tables = ['recall_order', 'recall_task', 'event', 'notice', 'trace_hold']
  const before = await Promise.all(tables.map(count))
  const { status, body } = await run<Preview>(city, 'preview-recall', onlyScope(start()))
  assert.equal(status, 200, JSON.stringify(body))
  const product = body.lots.find(({ key }) => key === packed)
  assert.deepEqual([product?.made, product?.quantity], ['50', '50'])
  const holder = (title: string) => body.holders.find((one) => one.title === title)
  assert.equal(holder('示例螺蛳粉厂')?.goods[0]?.quantity, '20')
  assert.deepEqual([holder('示例便利店')?.goods[0]?.quantity, holder('示例便利店')?.sold[0]?.quantity], ['26', '4'])
  assert.deepEqual(await Promise.all(tables.map(count)), before)
})

test('a recall may start from a supplier, a site and time (what was handled there, in a box or loose, and what lay there), or a failed test; what names nothing is refused at its field', async () => {
  const lotsOf = async (fields: Fields) => {
    const { status, body } = await run<Preview>(city, 'preview-recall', onlyScope(start({ id: undefined, ...fields })))
    assert.equal(status, 200, JSON.stringify(body))
    return body.lots.map(({ key }) => key).sort()
  }
  const both = [flour, packed].sort()
  assert.deepEqual(await lotsOf({ from: 'supplier', supplier: mill.ownerId, material: rice }), both)
  const window = { since: at(4, 0), until: at(5, 0) }
  assert.deepEqual(await lotsOf({ from: 'site', site: factory.ownerId, ...window }), both)
  // The shop received a box, and never named what was in it before it was unpacked.
  const arrival = { since: at(7, 7), until: at(7, 9) }
  assert.deepEqual(await lotsOf({ from: 'site', site: shop.ownerId, ...arrival }), [packed], 'by what was in the box')
  // Nothing happened on that day, but the flour lay there.
  const quiet = { since: at(3, 12), until: at(4, 0) }
  assert.deepEqual(await lotsOf({ from: 'site', site: factory.ownerId, ...quiet }), both, 'by what lay there')
  assert.deepEqual(await lotsOf({ from: 'material', material: rice }), both, 'a material, whoever supplied it')
  assert.deepEqual(await lotsOf({ from: 'window', material: bag, ...window }), [packed])
  assert.deepEqual(await lotsOf({ from: 'window', site: factory.ownerId, material: rice, ...window }), both)
  const sample = await city.call('POST', '/api/v1/records/sampling-test', {
    subject: factory.ownerId,
    food: '示例螺蛳粉',
    lot: 'PK1',
    takenAt: at(9),
    place: '示例路 1 号',
    amount: { value: '1', unit: 'KGM' },
    samplers: '甲、乙',
    laboratory: '示例检验所',
  })
  assert.equal(sample.status, 201, JSON.stringify(sample.body))
  const test = String(sample.body.id)
  const early = await run<{ problems: { at: string }[] }>(
    city,
    'preview-recall',
    onlyScope(start({ from: 'test', test })),
  )
  assert.deepEqual([early.status, early.body.problems[0]?.at], [422, '/test'], 'no failure, no recall')
  const told = await city.call('POST', `/api/v1/records/sampling-test/${test}/steps/record-result`, {
    version: sample.body.version,
    items: [{ item: '菌落总数', limit: '≤10', measured: '99', verdict: 'failed' }],
    testedOn: '2026-07-10',
    result: 'failed',
  })
  assert.equal(told.status, 200, JSON.stringify(told.body))
  assert.deepEqual(await lotsOf({ from: 'test', test }), [packed])
  const none = await run<{ code: string }>(
    city,
    'preview-recall',
    onlyScope(start({ from: 'supplier', supplier: shop.ownerId })),
  )
  assert.deepEqual([none.status, none.body.code], [422, 'nothing-found'])
  const refused = async (fields: Fields) => {
    const { status, body } = await run<{ problems: { at: string; text: string }[] }>(
      city,
      'preview-recall',
      onlyScope(start({ id: undefined, ...fields })),
    )
    return [status, body.problems[0]?.at, body.problems[0]?.text]
  }
  const reversed = { since: window.until, until: window.since }
  for (const fields of [
    { from: 'supplier', supplier: mill.ownerId },
    { from: 'site', site: mill.ownerId },
  ])
    assert.deepEqual(await refused({ ...fields, ...reversed }), [422, '/until', '时间到应晚于时间从'])
  assert.deepEqual(await refused({ from: 'supplier', supplier: uuid(99) }), [422, '/supplier', '没有找到这家单位'])
  assert.deepEqual(await refused({ from: 'site', site: uuid(99), ...window }), [422, '/site', '没有找到这家单位'])
  assert.deepEqual(await refused({ from: 'site', site: mill.ownerId }), [422, '/since', '请填写时间范围的开始'])
  assert.deepEqual((await refused({ from: 'window', ...window })).slice(0, 2), [422, '/site'], 'not everybody’s goods')
  assert.deepEqual((await refused({ from: 'material' })).slice(0, 2), [422, '/material'])
  const missing = await run<{ problems: { at: string }[] }>(city, 'preview-recall', onlyScope(start({ id: undefined })))
  assert.deepEqual([missing.status, missing.body.problems[0]?.at], [422, '/id'])
  assert.deepEqual((await refused({ id: 'https://id.gs1.org/01/06901000000301/10/NONE' })).slice(0, 2), [422, '/id'])
})

test('a drill tells everybody and says that it is one; it holds nothing and never shows on the page of the goods', async () => {
  const { status, body } = await run<{ order: string; mode: string; held: number; tasks: number; state: string }>(
    city,
    'start-recall',
    start({ mode: 'drill', order: uuid(1) }),
  )
  assert.equal(status, 200, JSON.stringify(body))
  assert.deepEqual([body.mode, body.held, body.tasks, body.state], ['drill', 0, 2, 'drilling'])
  assert.doesNotMatch(await lotPage(), recalled)
  const order = await city.call('GET', `/api/v1/records/recall-order/${uuid(1)}`)
  assert.match(String(order.body.reason), /^【演练】/)
  const [notice] = await server.sql<{ title: string; level: string }[]>`
    select title, level from notice where owner_id = ${shop.ownerId} and title like '%召回通知%'`
  assert.match(notice?.title ?? '', /【演练】/)
  assert.equal(notice?.level, 'info')
  const real = await city.call('POST', `/api/v1/records/recall-order/${uuid(1)}/steps/issue`, {
    version: order.body.version,
  })
  assert.equal(real.status, 409, 'a drill never becomes real')
  const page = await city.call('GET', `/api/v1/operations/recall-report/document?order=${uuid(1)}&layout=print`)
  assert.match(String(page.body.text), /演练，不是真实召回/)
  assert.equal(await count('trace_hold'), 0)
})

test('[A8.6.3.d] a recall turns the page at once, is signed, tells every holder, counts acknowledgements against the clock and what came back', async () => {
  assert.doesNotMatch(await lotPage(), recalled)
  const started = await run<{ order: string; tasks: number; held: number; clock: { acknowledgeBy: string } }>(
    city,
    'start-recall',
    start({ order: uuid(2) }),
  )
  assert.equal(started.status, 200, JSON.stringify(started.body))
  assert.deepEqual([started.body.tasks, started.body.held], [2, 2])
  assert.match(await lotPage(), recalled)
  const again = await run<{ known: boolean }>(city, 'start-recall', start({ order: uuid(2) }))
  assert.deepEqual([again.status, again.body.known], [200, true], 'the same start twice is one recall')
  const { body: signed } = await city.call<{ items: { holds: boolean; content: string; signer: string }[] }>(
    'GET',
    `/api/v1/records/recall-order/${uuid(2)}/signatures`,
  )
  assert.deepEqual([signed.items[0]?.holds, signed.items[0]?.content], [true, 'same'], 'signed by whoever ordered it')
  assert.equal((await server.sql`select from recall_task where recall = ${uuid(2)}`).length, 2)

  const tasks = await shop.call<{ items: { id: string; version: number; recall: string; mode: string }[] }>(
    'GET',
    '/api/v1/records/recall-task',
  )
  const task = tasks.body.items.find(({ recall }) => recall === uuid(2))
  assert.ok(task, 'the holder sees its task')
  const refused = await shop.call('POST', `/api/v1/records/recall-task/${task.id}/steps/acknowledge`, { version: 1 })
  assert.equal(refused.status, 422, 'an acknowledgement says who and what was stopped')
  const acknowledged = await shop.call('POST', `/api/v1/records/recall-task/${task.id}/steps/acknowledge`, {
    version: task.version,
    contact: '示例店长',
    stopped: '已下架封存',
  })
  assert.equal(acknowledged.status, 200, JSON.stringify(acknowledged.body))
  const reported = await shop.call('POST', `/api/v1/records/recall-task/${task.id}/steps/report`, {
    version: acknowledged.body.version,
    goods: [
      {
        name: '示例螺蛳粉',
        gtin: bag,
        lot: 'PK1',
        involved: { value: '30', unit: 'EA' },
        returned: { value: '27', unit: 'EA' },
        destroyed: { value: '26', unit: 'EA' },
      },
    ],
    report: '四袋已售，追回一袋',
  })
  assert.equal(reported.status, 200, JSON.stringify(reported.body))
  // Two hours later the factory has still not answered.
  const later = new Date(Date.parse(started.body.clock.acknowledgeBy) + 1000)
  await watch(later)
  await watch(later)
  const late = await server.sql<{ title: string }[]>`select title from notice where title like '召回通知超时未确认%'`
  assert.deepEqual(
    late.map(({ title }) => title).sort(),
    ['召回通知超时未确认：示例便利店', '召回通知超时未确认：示例螺蛳粉厂', '召回通知超时未确认：示例螺蛳粉厂'],
    'each told once: the drill’s two and the factory’s',
  )
  const { body } = await run<Progress>(city, 'recall-progress', { order: uuid(2) })
  assert.deepEqual([body.acknowledged, body.holders.length], [1, 2])
  const own = body.holders.find(({ title }) => title === '示例便利店')
  assert.deepEqual([own?.state, own?.isLate, own?.acknowledgedAt !== undefined], ['reported', false, true])
  assert.deepEqual(
    body.effect.map(({ unit, involved, returned, rate }) => [unit, involved, returned, rate]),
    [['EA', '50', '27', '54.0']],
  )
})

test('held goods that are under way already are kept as what happened, and told to whoever ordered the recall', async () => {
  await capture(shop, [
    event('ObjectEvent', new Date(Date.now() + 60_000).toISOString(), {
      eventID: 'urn:x:breach',
      action: 'OBSERVE',
      bizStep: 'transporting',
      bizLocation: place(shop),
      quantityList: [{ epcClass: packed, quantity: 1 }],
    }),
    // Nothing to do with it.
    event('ObjectEvent', new Date(Date.now() + 60_000).toISOString(), {
      action: 'OBSERVE',
      bizStep: 'retail_selling',
      bizLocation: place(shop),
      quantityList: [{ epcClass: lot(bag, 'OTHER'), quantity: 1 }],
    }),
  ])
  await watch(new Date())
  const { body } = await run<Progress>(city, 'recall-progress', { order: uuid(2) })
  assert.deepEqual(
    body.breaches.map(({ eventId }) => eventId),
    ['urn:x:breach'],
  )
  assert.deepEqual(
    body.breaches.map(({ key }) => key),
    [packed],
  )
  const notices = await server.sql<{ detail: string }[]>`select detail from notice where title like '封存货物被移动%'`
  assert.equal(notices.length, 1)
})

/** The file that an operation makes, as its bytes. */
async function fileOf(who: Person, order: string, layout: string): Promise<{ name: string; bytes: Buffer }> {
  const path = `/api/v1/operations/recall-report/document?order=${order}&layout=${layout}`
  const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${who.token}` } })
  const bytes = Buffer.from(await response.arrayBuffer())
  assert.equal(response.status, 200, bytes.toString())
  const name = /filename\*=UTF-8''(\S+)/.exec(response.headers.get('content-disposition') ?? '')?.[1]
  return { name: decodeURIComponent(name ?? ''), bytes }
}

test('the report is one set of facts, printed, in Word, in Excel and as tables', async () => {
  const print = (await fileOf(city, uuid(2), 'print')).bytes.toString()
  assert.match(print, /召回率 54.0%/)
  assert.match(print, /<h2>流向<\/h2>.*示例螺蛳粉厂.*示例便利店/s)
  const csv = (await fileOf(city, uuid(2), 'csv')).bytes.toString()
  assert.match(csv, /示例便利店,柳南区,已报告.*27 件,26 件/)
  const flows = (await fileOf(city, uuid(2), 'flows')).bytes.toString()
  assert.match(flows, /示例螺蛳粉厂,示例便利店,示例螺蛳粉,06901000000301,PK1,30,件/)
  const word = await fileOf(city, uuid(2), 'word')
  assert.match(word.name, /^召回报告-.*\.docx$/)
  const words = (await openArchive(word.bytes).read('word/document.xml', 1e7)).toString().replaceAll(/<[^>]+>/g, '')
  assert.match(words, /召回率 54.0%.*涉及批次.*PK1.*持有单位.*示例便利店.*流向.*加工.*封存后移动/s)
  const sheets = await sheetsOf((await fileOf(city, uuid(2), 'excel')).bytes)
  assert.deepEqual(
    [...sheets.keys()],
    ['食品召回报告', '涉及批次', '持有单位', '流向', '加工', '封存后移动', '拦下的发货和销售'],
  )
  rowWith(sheets.get('流向'), { 发货单位: '示例螺蛳粉厂', 收货单位: '示例便利店', 批号或标识: 'PK1', 数量: '30' })
  rowWith(sheets.get('加工'), {
    加工单位: '示例螺蛳粉厂',
    投入批号: 'RF1',
    投入数量: '100',
    产出批号: 'PK1',
    产出数量: '50',
  })
  rowWith(sheets.get('封存后移动'), { 事件编号: 'urn:x:breach', 批号或标识: 'PK1' })
})

test('the FSMA 204 spreadsheet has the sheets and columns of the templates, with who assigned the lot code, where and when', async () => {
  const { name, bytes } = await fileOf(city, uuid(2), 'fsma204')
  assert.match(name, /^召回报告-.*FSMA204\.xlsx$/)
  const sheets = await sheetsOf(bytes)
  assert.deepEqual([...sheets.keys()], ['Shipping', 'Receiving', 'Transformation', 'Locations', 'Products'])
  const [own, other] = [glns.get(factory) ?? '', glns.get(shop) ?? '']
  const shipped = rowWith(sheets.get('Shipping'), { '(1) TLC - Batch': 'PK1', 'Pallet ID*': '069010000000004008' })
  assert.deepEqual(shipped, {
    '(1) TLC - GTIN': bag,
    '(1) TLC - Batch': 'PK1',
    'Date Code**': '260704',
    'Date Type**': 'PACK DATE',
    'VoiceCode**': voiceCode(bag, 'PK1', '260704'),
    'Pallet ID*': '069010000000004008',
    'TLC - Assigned By**': '示例螺蛳粉厂',
    '(2) Qty & UOM': '30 EA',
    '(3) Product Description': '示例螺蛳粉',
    '(4) Ship-To Location': '示例便利店',
    'Ship-To Location ID**': other,
    '(5) Ship-From Location': '示例螺蛳粉厂',
    'Ship-From Location ID**': own,
    '(6) Ship Date': dayNumber('2026-07-06'),
    '(7) TLC Source Reference GLN': own,
    '(7) TLC Source Reference FFRN': '',
    '(7) TLC Source Reference URL': '',
    '(7) TLC Source Reference GGN': '',
    'TLC Source Reference - Assigned By**': '示例螺蛳粉厂',
    '(8) Ref Doc Type and Number': 'DESADV SHD-1',
  })
  const received = rowWith(sheets.get('Receiving'), {
    '(a)(1) TLC - Batch': 'PK1',
    '(a)(5) Receive Location': '示例便利店',
  })
  assert.deepEqual(
    ['(a)(6) Receive Date', '(a)(7) TLC Source Reference GLN', '(a)(7) TLC Source Name', '(a)(7) TLC Source City'].map(
      (head) => received[head],
    ),
    [dayNumber('2026-07-07'), own, '示例螺蛳粉厂', '柳州市'],
  )
  assert.match(received['(a)(7) TLC Source Street'] ?? '', /^柳南区./)
  const made = rowWith(sheets.get('Transformation'), { 'FTL Food Used TLC - Batch': 'RF1' })
  assert.deepEqual(
    [
      ...['Qty', 'UOM', 'TLC - Date'].map((head) => made[`FTL Food Used ${head}`]),
      made['FTL Food Produced TLC - Batch'],
      made['FTL Food Produced Qty'],
      made['Transform Location- TLCS'],
      made['TLCS Reference GLN'],
      made['Date Transformed'],
    ],
    ['100', 'KGM', '260701', 'PK1', '50', '示例螺蛳粉厂', own, dayNumber('2026-07-04')],
  )
  const mills = rowWith(sheets.get('Locations'), { 'Business or Farm Name': '示例米粉厂' })
  assert.deepEqual([mills.City, mills.Country, mills['GLN**']], ['柳州市', 'CN', glns.get(mill)])
  rowWith(sheets.get('Products'), { GTIN: bag, 'Product Name': '示例螺蛳粉' })
  // In the order of the Produce Traceability Initiative's templates.
  assert.deepEqual(Object.keys(shipped), sheets.get('Shipping')?.[0])
  assert.equal(
    Object.keys(received).join('|'),
    '(a)(1) TLC - GTIN|(a)(1) TLC - Batch|(a)(1) TLC - Date**|(a)(1) TLC - Date Type**|(a)(1) TLC - SSCC**|(b)(1) TLC - Assigned By|(a)(2) Qty & UOM|(a)(3) Product Description|(a)(4) Immediate Previous Source (IPS) Location - (Shipped from Location)|(a)(5) Receive Location|(a)(6) Receive Date|(a)(7) TLC Source Reference GLN|(a)(7) TLC Source Reference FFRN|(a)(7) TLC Source Reference URL|(a)(7) TLC Source Reference GGN|(b)(5) TLC Source Reference - Assigned By|(a)(8) Ref Doc|(a)(7) TLC Source Name|(a)(7) TLC Source Street|(a)(7) TLC Source City|(a)(7) TLC Source State|(a)(7) TLC Source Country|(a)(7) TLC Source Zip Code|(a)(7) TLC Source Phone Number',
  )
  assert.equal(
    Object.keys(made).join('|'),
    'Reference Document Type|Reference Document Number for Transformation Event|FTL Food Used TLC - GTIN|FTL Food Used TLC - Batch|FTL Food Used TLC - SSCC|FTL Food Used TLC - Date|FTL Food Used TLC - Date Type|FTL Food Used Qty|FTL Food Used UOM|FTL Food Used Product Description|FTL Food Produced TLC - GTIN|FTL Food Produced TLC - Batch|FTL Food Produced TLC - SSCC|FTL Food Produced TLC - Date|FTL Food Produced TLC - Date Type|Transform Location- TLCS|TLCS Reference GLN|TLCS Reference FFRN|TLCS Reference URL|TLCS Reference GGN|Date Transformed|FTL Food Produced Product Description|FTL Food Produced Qty|FTL Food Produced UOM',
  )
})

test('a VoiceCode is the one of the template’s own example', () => {
  assert.equal(voiceCode('10333830000016', '186', '230711'), '7557')
})

test('a drill’s files say in every row that they are a drill’s', async () => {
  for (const layout of ['excel', 'fsma204']) {
    const { name, bytes } = await fileOf(city, uuid(1), layout)
    assert.match(name, /^演练-/)
    const [first, ...others] = [...(await sheetsOf(bytes)).entries()]
    for (const [title, rows] of layout === 'excel' ? others : [first, ...others].flatMap((one) => (one ? [one] : []))) {
      assert.match(title, /^演练-/)
      assert.equal(rows[0]?.[0], '【演练】')
      const told = rows.slice(1).filter((row) => row.length > 1)
      assert.ok(told.every((row) => row[0] === '演练，不是真实召回'))
    }
  }
})

const scene = () => ({ server, city, county, mill, factory, shop, place, towards, run, watch, order: uuid(2) })

testHeld(scene)

test('a recall stays within its reach: a county sees its own, an enterprise recalls only what it made', async () => {
  const foreign = await run(shop, 'start-recall', start({ id: packed, order: uuid(3) }))
  assert.equal(foreign.status, 403, 'the shop did not make it')
  assert.equal((await run(otherCounty, 'recall-progress', { order: uuid(2) })).status, 404)
  assert.equal((await run(shop, 'recall-progress', { order: uuid(2) })).status, 404, 'not the one responsible')
  const own = await run<{ order: string; state: string; held: number }>(
    factory,
    'start-recall',
    start({ id: packed, order: uuid(4) }),
  )
  assert.equal(own.status, 200, JSON.stringify(own.body))
  assert.deepEqual([own.body.state, own.body.held], ['issued', 2], 'what was made of it, too')
  const seen = await county.call('GET', `/api/v1/records/recall-order/${uuid(4)}`)
  assert.equal(seen.status, 200, 'entered with the county of the enterprise')
  assert.equal((await run(factory, 'recall-progress', { order: uuid(4) })).status, 200)
  const direct = await shop.call('POST', '/api/v1/records/recall-order', { reason: '谎报' })
  assert.equal(direct.status, 403, 'nobody orders a recall past the operation')
})

test('a recall that was a mistake is voided: the hold ends, the page turns back, and what was refused is replayed', async () => {
  await released(scene(), [uuid(2), uuid(4)])
  assert.doesNotMatch(await lotPage(), recalled)
})

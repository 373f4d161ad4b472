import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { call, enterprise, gln, openTown, type Person, type Town, uscc } from '../people.ts'

let town: Town
type Row = Record<string, unknown> & { id: string; version: number }
type Page = { items: Row[]; total: number; next: string | null }

before(async () => {
  town = await openTown()
})
after(() => town.server.close())

const records = '/api/v1/records'
const resident = '11010519491231002X'
const firm = (number: number, more: Record<string, unknown> = {}) => ({
  name: `示例酱菜厂${number}`,
  uscc: uscc(7000 + number),
  activity: 'production',
  region: '450204',
  address: `柳南区示例路 ${number} 号`,
  place: { lng: 109.4, lat: 24.3 },
  gln: gln(7000 + number),
  contact: '示例联系人',
  phone: '0772-2860000',
  ...more,
})
const file = (kind: string, body: object, by: Person = town.city) =>
  by.call<Row & { problems?: { at: string; text: string }[] }>('POST', `${records}/${kind}`, body)
const found = async (kind: string, query: Record<string, string>, by: Person = town.city): Promise<Page> => {
  const { status, body } = await by.call<Page>('GET', `${records}/${kind}?${new URLSearchParams(query)}`)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}
const names = (page: Page) => page.items.map((row) => row.name).sort()

/** Each value is refused at its own field, in Chinese, and nothing is written. */
async function refuses(kind: string, valid: () => object, cases: Record<string, unknown>, by?: Person): Promise<void> {
  for (const [field, value] of Object.entries(cases)) {
    const { status, body } = await file(kind, { ...valid(), [field]: value }, by)
    assert.equal(status, 422, `${field}: ${JSON.stringify(body)}`)
    const told = body.problems?.find(({ at }) => at === `/${field}` || at.startsWith(`/${field}/`))
    assert.match(told?.text ?? '', /[\u4e00-\u9fff]/, `${field}: ${JSON.stringify(body.problems)}`)
  }
}

test('[E5.3.2.c] a party is filed with name, USCC, type, legal person’s identity number, industry, licence, address and contact', async () => {
  const given = firm(1, {
    legalRepresentative: '示例法人',
    legalRepresentativeId: resident,
    industry: 'C1439',
    licenceNumber: 'SC11464010500015',
    licenceUntil: '2029-06-30',
    categories: '酸笋、酱菜',
  })
  const made = await file('subject', given)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const own = (await town.city.call<Row>('GET', `${records}/subject/${made.body.id}`)).body
  for (const [field, value] of Object.entries(given)) assert.deepEqual(own[field], value, field)
  await refuses('subject', () => firm(2), {
    name: '',
    uscc: '91450200MA5KEXAMP',
    activity: '生产',
    region: '990000',
    address: '',
    place: { lng: 190, lat: 24 },
    gln: '6901234000000',
    industry: '1439',
    licenceNumber: 'SC11464010500016',
    licenceUntil: '2029-02-30',
    categories: '菜'.repeat(201),
    legalRepresentative: '名'.repeat(41),
    legalRepresentativeId: '110105194912310021',
    contact: '',
    phone: '电话',
  })
  const twice = await file('subject', { ...firm(3), uscc: given.uscc })
  assert.equal(twice.status, 409, 'one number belongs to one party')
})

test('[E5.3.2.c] the identity number is stored encrypted, and no other party reads it', async () => {
  const made = await file('subject', firm(4, { legalRepresentative: '示例法人四', legalRepresentativeId: resident }))
  const [row] = await town.server.sql<{ row: string; history: string }[]>`
    select (select to_jsonb(s)::text from subject s where id = ${made.body.id}) as row,
      (select string_agg(image::text, '') from change where kind = 'subject' and id = ${made.body.id}) as history`
  for (const text of [row?.row ?? '', row?.history ?? '']) {
    assert.ok(text.includes('示例酱菜厂4'), 'this is its row')
    assert.ok(!text.includes(resident) && !text.includes('示例法人四'), 'neither number nor name can be read in it')
  }
  const other = await town.neighbour.call<Row>('GET', `${records}/subject/${made.body.id}`)
  assert.ok(!JSON.stringify(other.body).includes(resident))
})

test('[C6.2.2.a] filed enterprises are found by region, type, product, name, code and date, paged, and stand on a map', async () => {
  const shop = firm(5, { activity: 'circulation', region: '450203', categories: '豆豉鲮鱼', name: '示例鲮鱼商行' })
  assert.equal((await file('subject', shop)).status, 201)
  const only = ['示例鲮鱼商行']
  assert.deepEqual(names(await found('subject', { region: '450203', q: '鲮鱼' })), only, 'region')
  assert.deepEqual(names(await found('subject', { activity: 'circulation', region: '450203' })), only, 'type')
  assert.deepEqual(names(await found('subject', { q: '豆豉' })), only, 'product')
  assert.deepEqual(names(await found('subject', { q: '鲮鱼商' })), only, 'name')
  assert.deepEqual(names(await found('subject', { uscc: shop.uscc })), only, 'code')
  assert.deepEqual(names(await found('subject', { gln: shop.gln })), only, 'code of the place')
  const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
  const filedToday = await found('subject', { 'createdAt.from': today, 'createdAt.to': today, q: '鲮鱼' })
  assert.deepEqual(names(filedToday), only, 'date')
  assert.equal(
    (await found('subject', { 'createdAt.to': '2020-01-01' })).total,
    0,
    'before the platform there was none',
  )
  assert.equal((await found('subject', { region: '450204', q: '鲮鱼' })).total, 0)
  const first = await found('subject', { limit: '2' })
  const second = await found('subject', { limit: '2', after: first.next ?? '' })
  assert.equal(first.items.length, 2)
  assert.ok(
    second.items.every((row) => !first.items.some(({ id }) => id === row.id)),
    'pages do not overlap',
  )
  assert.deepEqual(filedToday.items[0]?.place, { lng: 109.4, lat: 24.3 }, 'where it stands on the map')
  const wrong = await town.city.call('GET', `${records}/subject?createdAt.from=gestern`)
  assert.equal(wrong.status, 422)
})

const stall = (number: number, more: Record<string, unknown> = {}) => ({
  name: `示例摊位${number}`,
  merchantCode: `LN-${number}`,
  uscc: uscc(8000 + number),
  business: '蔬菜批发',
  categories: '叶菜、根茎',
  node: town.factory.ownerId,
  stall: `A${number}`,
  region: '450204',
  contact: '示例摊主',
  phone: '13900000000',
  ...more,
})

test('[C6.2.1.b] an individual merchant is filed with code, type, varieties, node and contact, each checked', async () => {
  const given = stall(1)
  const made = await file('merchant', given)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { body } = await town.city.call<Row & { titles: Record<string, string> }>(
    'GET',
    `${records}/merchant/${made.body.id}`,
  )
  for (const [field, value] of Object.entries(given)) assert.deepEqual(body[field], value, field)
  assert.ok(body.titles[town.factory.ownerId], 'the node is told by its name')
  await refuses('merchant', () => stall(2), {
    name: '',
    merchantCode: 'LN 1/2',
    uscc: 'x',
    business: '',
    categories: '菜'.repeat(201),
    node: '01920000-0000-7000-8000-00000000dead',
    stall: '位'.repeat(41),
    region: '1',
    contact: '',
    phone: '无',
  })
  assert.equal((await file('merchant', stall(3, { merchantCode: given.merchantCode }))).status, 409)
})

test('[C6.2.2.c] filed merchants are found by type, node, name, variety, code and date, paged', async () => {
  const other = await enterprise(town.server, town.city, '450203', '示例东市场')
  const given = stall(9, {
    name: '示例阿莲鱼档',
    business: '水产零售',
    categories: '草鱼、罗非鱼',
    node: other.ownerId,
  })
  assert.equal((await file('merchant', given)).status, 201)
  const only = ['示例阿莲鱼档']
  const asked: Record<string, Record<string, string>> = {
    type: { business: '水产零售' },
    node: { node: other.ownerId },
    name: { q: '阿莲' },
    variety: { q: '罗非鱼' },
    code: { merchantCode: given.merchantCode },
  }
  for (const [what, query] of Object.entries(asked)) assert.deepEqual(names(await found('merchant', query)), only, what)
  assert.equal((await found('merchant', { 'createdAt.to': '2020-01-01' })).total, 0, 'date')
  const page = await found('merchant', { limit: '1' })
  assert.equal(page.items.length, 1)
  assert.ok(page.next, 'and the next page')
})

test('[C6.3.1] the national catalogue has local sub-catalogues, and an edition that was replaced can still be read', async () => {
  const entry = (code: string, name: string, more: object = {}) => ({
    code,
    name,
    level: 'national',
    edition: '2026 年版',
    holds: { from: '2026-01-01' },
    ...more,
  })
  const whole = await file('catalogue-entry', entry('07', '方便食品'))
  assert.equal(whole.status, 201, JSON.stringify(whole.body))
  const local = await file(
    'catalogue-entry',
    entry('07-LZ', '柳州螺蛳粉', {
      level: 'local',
      parent: whole.body.id,
      holds: { from: '2026-01-01', until: '2026-12-31' },
    }),
  )
  assert.equal(local.status, 201)
  assert.deepEqual(names(await found('catalogue-entry', { parent: whole.body.id })), ['柳州螺蛳粉'])
  const next = { version: 1, name: '柳州螺蛳粉（预包装）', edition: '2027 年版', holds: { from: '2027-01-01' } }
  assert.equal((await town.city.call('PATCH', `${records}/catalogue-entry/${local.body.id}`, next)).status, 200)
  const { body } = await town.city.call<{ items: { version: number; image: { name: string; edition: string } }[] }>(
    'GET',
    `${records}/catalogue-entry/${local.body.id}/history`,
  )
  const editions = body.items.map(({ version, image }) => [version, image.name, image.edition])
  assert.deepEqual(editions.sort(), [
    [1, '柳州螺蛳粉', '2026 年版'],
    [2, '柳州螺蛳粉（预包装）', '2027 年版'],
  ])
  assert.deepEqual(names(await found('catalogue-entry', { 'holds.on': '2026-06-01' })), ['方便食品'])
  assert.equal((await file('catalogue-entry', entry('08', '饼干'), town.factory)).status, 403, 'the city keeps it')
  await refuses('catalogue-entry', () => entry('09', '罐头'), {
    code: '九',
    name: '',
    level: 'county',
    parent: 'x',
    edition: '',
    holds: { from: '2026-13-01' },
    remark: '说'.repeat(301),
  })
})

const product = (number: number, more: Record<string, unknown> = {}) => ({
  name: '示例螺蛳粉',
  gtin: ['06901234567892', '06901234567908', '06901234567915'][number],
  foodClass: '07',
  netContent: { value: '300', unit: 'GRM' },
  specification: '300 g × 24 袋',
  shelfLifeDays: 180,
  standard: 'GB 31637',
  origin: '广西柳州',
  storage: '阴凉干燥处',
  ingredients: '米粉、螺蛳汤料包',
  salesArea: 'country',
  ...more,
})

test('[E5.3.2.a] a product has a name, a code that is its alone, its class, its enterprise and specification', async () => {
  const made = await file('product', product(0), town.factory)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { body } = await town.county.call<Row & { titles: Record<string, string> }>(
    'GET',
    `${records}/product/${made.body.id}`,
  )
  for (const [field, value] of Object.entries(product(0))) assert.deepEqual(body[field], value, field)
  assert.equal(body.ownerId, town.factory.ownerId)
  assert.ok(body.titles[town.factory.ownerId], 'the enterprise is told by its name')
  assert.equal((await file('product', product(0), town.neighbour)).status, 409, 'nobody else files its code')
  await refuses(
    'product',
    () => product(1),
    {
      name: '',
      gtin: '06901234567891',
      foodClass: '33',
      specification: '规'.repeat(61),
      netContent: { value: '-1', unit: 'GRM' },
      shelfLifeDays: 0,
      standard: '',
      origin: '',
      storage: '',
      ingredients: '',
      salesArea: 'moon',
    },
    town.factory,
  )
})

const lot = (more: Record<string, unknown> = {}) => ({
  name: '示例木薯淀粉',
  gtin: '06901234567892',
  lot: 'L20261102-1',
  role: 'material',
  specification: '25 kg 袋装',
  netContent: { value: '25', unit: 'KGM' },
  quantity: { value: '500', unit: 'KGM' },
  producedOn: '2026-10-02',
  shelfLifeDays: 365,
  origin: '广西南宁',
  conformity: 'passed',
  report: 'JC-2026-118',
  ...more,
})
const receipt = (lots: readonly object[], more: Record<string, unknown> = {}) => ({
  receivedAt: '2026-11-02T01:20:00.000Z',
  supplier: town.neighbour.ownerId,
  lots,
  receiver: '示例验收人',
  responsible: '示例负责人',
  ...more,
})

test('[E5.2.2.a] [E5.2.2.b] [E5.2.2.c] a material lot tells its content, date, specification, shelf life, origin, report and disposal; its supplier as it was; auxiliary ones too', async () => {
  const lots = [lot(), lot({ role: 'auxiliary', lot: 'F-9', conformity: 'failed', disposal: '退回供应商' })]
  const made = await file('material-receipt', receipt(lots), town.factory)
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const { body } = await town.county.call<Row & { lots: object[]; supplierAsReceived: Record<string, unknown> }>(
    'GET',
    `${records}/material-receipt/${made.body.id}`,
  )
  assert.deepEqual(body.lots, lots)
  assert.equal(body.responsible, '示例负责人')
  const now = (await town.city.call<Row>('GET', `${records}/subject/${town.neighbour.ownerId}`)).body
  for (const field of ['name', 'uscc', 'address'])
    assert.equal(body.supplierAsReceived[field], now[field], `the supplier’s ${field}`)
  const { version } = now
  const licensed = { version, licenceNumber: 'SC11464010500015', licenceUntil: '2027-01-31' }
  assert.equal((await town.city.call('PATCH', `${records}/subject/${town.neighbour.ownerId}`, licensed)).status, 200)
  const later = await file('material-receipt', receipt([lot({ lot: 'L2' })]), town.factory)
  const asReceived = later.body.supplierAsReceived as Record<string, unknown>
  assert.deepEqual([asReceived.licenceNumber, asReceived.licenceUntil], ['SC11464010500015', '2027-01-31'])
  const bad: Record<string, unknown> = {
    name: '',
    lot: '批 号',
    role: 'food',
    netContent: { value: '1', unit: 'EA' },
    specification: '规'.repeat(61),
    producedOn: '2026-02-30',
    shelfLifeDays: 0,
    origin: '产'.repeat(61),
    report: '报'.repeat(61),
    conformity: 'maybe',
  }
  for (const [field, value] of Object.entries(bad)) {
    const { status, body: said } = await file('material-receipt', receipt([lot({ [field]: value })]), town.factory)
    assert.equal(status, 422, field)
    assert.ok(
      said.problems?.some(({ at }) => at.startsWith(`/lots/0/${field}`)),
      `${field}: ${JSON.stringify(said.problems)}`,
    )
  }
  const silent = await file('material-receipt', receipt([lot({ conformity: 'failed' })]), town.factory)
  assert.equal(silent.status, 422, 'a failed lot says what was done with it')
  const label = encodeURIComponent('https://id.gs1.org/01/06901234567892/10/L2')
  const chain = await call<{ items?: unknown[] }>(
    town.server.url,
    town.factory.token,
    'GET',
    `/epcis/events?MATCH_anyEPCClass=${label}`,
  )
  assert.equal(chain.status, 200)
  assert.match(JSON.stringify(chain.body), /L2/, 'the label’s code leads to the receipt')
})

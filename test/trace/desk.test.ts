import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { type Person, personOf } from '../people.ts'
import { startServer, type TestServer } from '../server.ts'
import { at, capture, event, insertOwners, lot, owners, place, serial } from './chain.ts'

const gtin = '06901000000301'
let server: TestServer
let factory: Person
let stranger: Person

before(async () => {
  server = await startServer()
  await insertOwners(server.sql)
  factory = await personOf(server, owners.factory.id, 'enterprise')
  stranger = await personOf(server, owners.stranger.id, 'enterprise')
  const hour = (n: number) => new Date(Date.now() - n * 3_600_000).toISOString()
  await capture(server.sql, 'factory', [
    event('ObjectEvent', hour(3), {
      eventID: 'urn:x:desk:made',
      action: 'ADD',
      bizStep: 'commissioning',
      bizLocation: place('factory'),
      quantityList: [{ epcClass: lot(gtin, 'D1'), quantity: 20 }],
      ilmd: { 'ex:productName': '螺蛳粉' },
    }),
    event('ObjectEvent', hour(2), {
      eventID: 'urn:x:desk:bags',
      action: 'ADD',
      bizStep: 'commissioning',
      bizLocation: place('factory'),
      epcList: [serial(gtin, 'B1')],
      ilmd: { 'cbvmda:lotNumber': 'D1' },
    }),
    event('ObjectEvent', hour(1), {
      eventID: 'urn:x:desk:sent',
      action: 'OBSERVE',
      bizStep: 'shipping',
      bizLocation: place('factory'),
      quantityList: [{ epcClass: lot(gtin, 'D1'), quantity: 20 }],
    }),
    event('ObjectEvent', at(1), {
      eventID: 'urn:x:desk:long-ago',
      action: 'OBSERVE',
      bizLocation: place('factory'),
      quantityList: [{ epcClass: lot(gtin, 'OLD'), quantity: 1 }],
    }),
  ])
})

after(() => server.close())

test('whoever has no code at hand begins with the lots that moved lately, of their own reach only', async () => {
  type Lots = { lots: { key: string; name: string; lot: string; bizStep: string; place: string }[] }
  const { status, body } = await factory.call<Lots>('GET', '/api/v1/trace/recent')
  assert.equal(status, 200)
  assert.deepEqual(
    body.lots.map(({ key, name, bizStep, place: where }) => [key, name, bizStep, where]),
    [[lot(gtin, 'D1'), '螺蛳粉', 'shipping', owners.factory.title]],
  )
  assert.deepEqual((await stranger.call<Lots>('GET', '/api/v1/trace/recent')).body.lots, [])
})

test('[C6.2.2.b] lots are looked for by stage, product, region, reporting site, lot number and, as their code is, by the chain', async () => {
  const find = async (query: string, person = factory) =>
    (await person.call<{ lots: { lot: string }[] }>('GET', `/api/v1/trace/recent?${query}`)).body.lots.map(
      ({ lot }) => lot,
    )
  const { gln, region } = owners.factory
  assert.deepEqual(await find('bizStep=shipping'), ['D1'])
  assert.deepEqual(await find('bizStep=destroying'), [])
  assert.deepEqual(await find(`gtin=${gtin}`), ['D1', 'OLD'])
  assert.deepEqual(await find('gtin=06901000000103'), [])
  assert.deepEqual(await find(`gtin=${gtin}&lot=OLD`), ['OLD'])
  assert.deepEqual(await find('lot=OLD'), ['OLD'])
  assert.deepEqual(await find(`region=${region}`), ['D1'])
  assert.deepEqual(await find('region=450205'), [])
  assert.deepEqual(await find(`gln=${gln}&gtin=${gtin}`), ['D1', 'OLD'])
  assert.deepEqual(await find(`gln=${owners.shop.gln}`), [])
  assert.deepEqual(await find('lot=OLD', stranger), [])
  const code = await factory.call<{ nodes: { key: string }[] }>(
    'GET',
    `/api/v1/trace?id=${encodeURIComponent(serial(gtin, 'B1'))}`,
  )
  assert.ok(code.body.nodes.some(({ key }) => key === lot(gtin, 'D1')))
  for (const bad of ['gtin=x', 'region=柳南', 'gln=1', 'lot=a%0Ab'])
    assert.equal((await factory.call('GET', `/api/v1/trace/recent?${bad}`)).status, 422, bad)
})

test('identifiers are told by name: products with lot or serial, places by their owner, and nothing beyond one’s reach', async () => {
  const ids = [lot(gtin, 'D1'), 'urn:epc:id:sgtin:6901000.000030.B1', place('factory').id, serial(gtin, 'NOBODY')]
  type Names = { names: Record<string, { name?: string; mark?: string; owner?: string }> }
  const { body } = await factory.call<Names>('POST', '/api/v1/trace/names', { ids })
  assert.deepEqual(body.names, {
    [lot(gtin, 'D1')]: { name: '螺蛳粉', mark: 'D1' },
    'urn:epc:id:sgtin:6901000.000030.B1': { name: '螺蛳粉', mark: 'B1' },
    [place('factory').id]: { owner: owners.factory.title },
  })
  const others = await stranger.call<Names>('POST', '/api/v1/trace/names', { ids })
  assert.deepEqual(Object.keys(others.body.names), [place('factory').id])
  for (const bad of [{}, { ids: 'x' }, { ids: [1] }, { ids: ['a\0'] }, { ids: Array(201).fill('x') }])
    assert.equal((await factory.call('POST', '/api/v1/trace/names', bad)).status, 422)
})

test('a chain goes out as a workbook with its things, steps, holders and whereabouts', async () => {
  const ask = (person: Person) =>
    fetch(new URL(`/api/v1/trace/chain.xlsx?id=${encodeURIComponent(lot(gtin, 'D1'))}`, server.url), {
      headers: { authorization: `Bearer ${person.token}` },
    })
  const answer = await ask(factory)
  assert.equal(answer.status, 200)
  const texts = entriesOf(Buffer.from(await answer.arrayBuffer()))
  const book = texts.get('xl/workbook.xml') ?? ''
  for (const name of ['物品', '环节', '经手企业', '现在在哪里']) assert.match(book, new RegExp(name))
  assert.match(texts.get('xl/worksheets/sheet1.xml') ?? '', /螺蛳粉[\s\S]*D1/)
  assert.match(texts.get('xl/worksheets/sheet2.xml') ?? '', /其中一件[\s\S]*urn:x:desk:bags/)
  assert.equal((await ask(stranger)).status, 404)
})

/** The texts in a ZIP, by the sizes in its directory at the end. */
function entriesOf(zip: Buffer): Map<string, string> {
  const found = new Map<string, string>()
  for (let at = zip.readUInt32LE(zip.length - 6); zip.readUInt32LE(at) === 0x02014b50; ) {
    const [method, size] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)]
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ]
    const local = zip.readUInt32LE(at + 42)
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const data = zip.subarray(start, start + size)
    found.set(zip.toString('utf8', at + 46, at + 46 + name), String(method === 8 ? inflateRawSync(data) : data))
    at += 46 + name + extra + comment
  }
  return found
}

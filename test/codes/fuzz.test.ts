import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Person, personOf } from '../people.ts'
import { startServer, type TestServer } from '../server.ts'
import { randomOf } from '../standards/mutation.ts'
import { insertOwners, owners } from '../trace/chain.ts'

const below = randomOf(20261121)
const random = () => below(1_000_000) / 1_000_000
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T

let server: TestServer
let factory: Person
let order = ''

before(async () => {
  server = await startServer()
  await insertOwners(server.sql)
  factory = await personOf(server, owners.factory.id, 'enterprise', [])
  const { body } = await factory.call<{ id: string }>('POST', '/api/v1/operations/issue-codes', {
    gtin: '06901000000301',
    lot: 'F1',
    quantity: 10,
  })
  order = body.id
})
after(() => server.close())

const odd: readonly unknown[] = [
  '',
  ' ',
  'x'.repeat(3000),
  '\0',
  '\ud800',
  '%',
  "'; drop table code_order; --",
  '06901000000301',
  '/01/06901000000301',
  '/01/06901000000301/10/F1',
  'https://id.gs1.org/01/06901000000301/21/X',
  '(01)06901000000301(21)X',
  'Ecode:12345678',
  '1.2.156.1',
  'urn:epc:id:sgtin:6901000.000030.X',
  'https://example.com/',
  'gs1:pip',
  'printed',
  'voided',
  'pack',
  '6901000',
  '01920000-0000-7000-8000-00000000dead',
  0,
  -1,
  1,
  10,
  2 ** 53,
  1e300,
  0.5,
  Number.NaN,
  true,
  null,
  [],
  {},
  { lng: 109.4, lat: 24.3 },
  { lng: 'x' },
  [[[]]],
]
const fields = [
  'what',
  'from',
  'count',
  'reason',
  'ranges',
  'gtin',
  'lot',
  'prefix',
  'width',
  'first',
  'last',
  'source',
  'id',
  'quantity',
  'code',
  'place',
  'key',
  'linkType',
  'href',
  'title',
  'language',
  'mediaType',
  'aliases',
  'target',
  'parent',
  'children',
  'act',
  'at',
  'market',
  'level',
  'activation',
  'type',
  '@context',
  'epcisBody',
]
const value = (depth: number): unknown => {
  if (depth > 2 || random() < 0.6) return pick(odd)
  if (random() < 0.4) return Array.from({ length: Math.floor(random() * 3) }, () => value(depth + 1))
  return Object.fromEntries(Array.from({ length: Math.floor(random() * 5) }, () => [pick(fields), value(depth + 1)]))
}

test('no body of an act about codes, links or packing is a defect', async () => {
  const doors = [
    `/api/v1/code-orders/${order}/marks`,
    '/api/v1/code-ranges',
    '/api/v1/sscc-orders',
    '/api/v1/codes/verify',
    '/api/v1/looks',
    '/api/v1/resolver-links',
    '/api/v1/code-aliases',
    '/api/v1/operations/pack-codes',
    '/api/v1/operations/issue-codes',
    '/api/v1/epcis-check',
  ]
  for (let round = 0; round < 600; round++) {
    const door = pick(doors)
    const body = Object.fromEntries(
      Array.from({ length: 1 + Math.floor(random() * 6) }, () => [pick(fields), value(0)]),
    )
    if (door.endsWith('ranges')) body.ranges = [Object.fromEntries(fields.map((name) => [name, value(1)]))]
    if (door.endsWith('aliases')) body.aliases = [{ code: value(1), target: value(1) }]
    const { status, body: answer } = await factory.call('POST', door, body)
    assert.ok(status < 500, `${door} ${JSON.stringify(body)}: ${status} ${JSON.stringify(answer)}`)
  }
})

test('no address of the resolver is a defect', async () => {
  const keys = ['01', '00', '414', '8003', '8004', '253', '8018', 'c', 'scan']
  const values = [
    '06901000000301',
    '069010000000000011',
    '6901000000028',
    'x',
    '%',
    '%00',
    '%ff',
    '..',
    '',
    'a'.repeat(500),
    '%F0%9F%8D%9C',
  ]
  const queries = [
    '',
    '?linkType=linkset',
    '?linkType=all',
    '?linkType=gs1:pip',
    '?linkType=%00',
    '?linkType=a&linkType=b',
    '?at=1,2',
    '?at=999,99',
    '?at=x',
    '?lang=',
    '?code=%00',
    '?code=Ecode:1234567',
    '?big=1',
  ]
  const accepts = ['text/html', 'application/linkset+json', '*/*', ';;,q', 'application/json']
  for (let round = 0; round < 500; round++) {
    const tail = pick([
      '',
      `/10/${pick(values)}`,
      `/21/${pick(values)}`,
      `/10/${pick(values)}/21/${pick(values)}`,
      '/foo',
      '/',
    ])
    const path =
      random() < 0.15
        ? `/${pick(['ARHKVAdpQg', 'AAAAAAAAAA', 'ZZZZZZZZZZZZ', '0123456789'])}`
        : `/${pick(keys)}/${pick(values)}${tail}`
    const response = await fetch(server.url + path + pick(queries), {
      method: pick(['GET', 'GET', 'HEAD', 'OPTIONS']),
      headers: { accept: pick(accepts), 'accept-language': pick(['zh', 'en;q=x', '*', ',,,']) },
      redirect: 'manual',
    })
    await response.arrayBuffer()
    assert.ok(response.status < 500, `${path}: ${response.status}`)
  }
})

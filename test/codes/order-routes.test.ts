import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { createAccount, createToken } from '../../src/platform/access/accounts.ts'
import { startServer, type TestServer } from '../server.ts'

type Issued = {
  id: string
  serials: string[]
  links: { codes: string; labels: string; qr: string }
  problems: { at: string }[]
}

let server: TestServer
let maker: string
let rival: string
let city: string
const gtin = '06901234567892'

async function tokenOf(role: 'enterprise' | 'city', title: string): Promise<string> {
  const ownerId = randomUUID()
  await server.sql`insert into owner (id, title, region) values (${ownerId}, ${title}, '450205')`
  const account = { ownerId, login: randomUUID(), name: '示例', role, password: 'Aa1!Aa1!Aa1!' } as const
  const id = await createAccount(server.sql, account, new Date())
  const expiresAt = new Date(Date.now() + 3_600_000)
  return createToken(server.sql, id, { name: '示例', scopes: [], expiresAt }, new Date())
}

before(async () => {
  server = await startServer()
  maker = await tokenOf('enterprise', '示例厂甲')
  rival = await tokenOf('enterprise', '示例厂乙')
  city = await tokenOf('city', '示例局')
})
after(() => server.close())

const get = (path: string, token = maker) => fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } })

async function issue(body: object, token = maker) {
  const response = await fetch(`${server.url}/api/v1/operations/issue-codes`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Issued }
}

test('an enterprise orders codes for its lot and each leads a shopper to the page', async () => {
  const { status, body } = await issue({ gtin, lot: 'A1', quantity: 30 })
  assert.equal(status, 200)
  assert.equal(body.serials.length, 30)
  for (const serial of [body.serials[0], body.serials[29]]) {
    const page = await fetch(`${server.url}/01/${gtin}/21/${serial}`)
    assert.equal(page.status, 200)
    assert.ok((await page.text()).includes('是真码'))
  }
  const orders = (await (await get('/api/v1/code-orders')).json()) as { items: { id: string }[] }
  assert.ok(orders.items.some((order) => order.id === body.id))
})

test('the CSV streams the whole order or any part of it, each line a working Digital Link', async () => {
  const { body } = await issue({ gtin, lot: 'A2', quantity: 20_000 })
  const response = await get(body.links.codes)
  assert.match(response.headers.get('content-type') ?? '', /^text\/csv/)
  // fetch takes the byte order mark away that spreadsheets need.
  const bytes = Buffer.from(await (await get(body.links.codes)).arrayBuffer())
  assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf])
  const lines = (await response.text()).trim().split('\r\n')
  assert.equal(lines.length, 20_001)
  assert.equal(lines[0], '序号,序列号,二维码网址')
  assert.equal(new Set(lines.slice(1).map((line) => line.split(',')[1])).size, 20_000)
  const [number, serial, link] = (lines[12_345] as string).split(',')
  assert.equal(number, '12345')
  assert.equal(link, `${server.url}/01/${gtin}/21/${serial}`)
  assert.equal((await fetch(link as string)).status, 200)
  const part = (await (await get(`${body.links.codes}?from=12344&count=2`)).text()).trim().split('\r\n')
  assert.deepEqual(part.slice(1), lines.slice(12_345, 12_347))
})

test('a QR as SVG and PNG, and a sheet of labels to print', async () => {
  const { body } = await issue({ gtin, lot: 'A<3', quantity: 10 })
  assert.ok((await (await get(`${body.links.qr}?n=9`)).text()).startsWith('<svg'))
  const png = Buffer.from(await (await get(body.links.qr.replace('svg', 'png'))).arrayBuffer())
  assert.equal(png.subarray(1, 4).toString(), 'PNG')
  const sheet = await (await get(body.links.labels)).text()
  assert.equal(sheet.split('<li>').length - 1, 10)
  for (const serial of body.serials) assert.ok(sheet.includes(serial))
  assert.ok(sheet.includes('A&lt;3') && !sheet.includes('A<3'))
})

test('an order is for its owner: a rival, an authority and the public are refused', async () => {
  const { body } = await issue({ gtin, lot: 'A4', quantity: 1 })
  for (const path of [`/api/v1/code-orders/${body.id}`, body.links.codes, body.links.labels, body.links.qr]) {
    assert.equal((await get(path, rival)).status, 404, path)
    assert.equal((await get(path, city)).status, 403, path)
    assert.equal((await fetch(server.url + path)).status, 401, path)
  }
  assert.equal((await issue({ gtin, lot: 'A4', quantity: 1 }, city)).status, 403)
  const taken = await issue({ gtin, lot: 'A4', quantity: 1 }, rival)
  assert.equal(taken.status, 409)
  assert.equal(taken.body.problems[0]?.at, '/gtin')
})

test('the same order sent twice is one; wrong fields are named at their place', async () => {
  const sent = { id: randomUUID(), gtin, lot: 'A5', quantity: 2 }
  assert.deepEqual((await issue(sent)).body, (await issue(sent)).body)
  assert.equal((await issue({ ...sent, quantity: 3 })).status, 409)
  const cases: [object, string][] = [
    [{ gtin: '06901234567890', lot: 'A', quantity: 1 }, '/gtin'],
    [{ gtin, lot: '批', quantity: 1 }, '/lot'],
    [{ gtin, lot: 'A'.repeat(21), quantity: 1 }, '/lot'],
    [{ gtin, lot: 'A', quantity: 0 }, '/quantity'],
    [{ gtin, lot: 'A', quantity: 100_000_001 }, '/quantity'],
    [{ gtin, lot: 'A', quantity: '1' }, '/quantity'],
    [{ gtin, lot: 'A', quantity: 1, id: 'x' }, '/id'],
    [{ gtin, lot: 'A' }, '/quantity'],
  ]
  for (const [body, at] of cases) {
    const refused = await issue(body)
    assert.equal(refused.status, 422, JSON.stringify(body))
    assert.equal(refused.body.problems[0]?.at, at)
  }
})

test('a part beyond the order, or too many labels, is refused in a sentence', async () => {
  const { body } = await issue({ gtin, lot: 'A6', quantity: 1000 })
  for (const path of [
    `${body.links.codes}?from=1000`,
    `${body.links.codes}?from=-1`,
    `${body.links.codes}?from=1&count=1000`,
    `${body.links.codes}?from=x`,
    `${body.links.qr}?n=1000`,
    `${body.links.labels}?count=481`,
  ]) {
    const answer = await get(path)
    assert.equal(answer.status, 422, path)
    assert.equal(((await answer.json()) as Issued).problems.length, 1)
  }
  assert.equal((await get('/api/v1/code-orders/not-a-uuid')).status, 404)
})

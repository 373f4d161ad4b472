import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import postgres from 'postgres'
import { Failure } from '../../src/failure.ts'
import {
  type Codes,
  codes,
  issueCodes,
  openKeys,
  orderOf,
  QUANTITY_LIMIT,
  rotateKey,
} from '../../src/trace/codes/index.ts'
import { type FreshDatabase, freshDatabase } from '../database.ts'

const gtin = '06901234567892'
const ownerId = randomUUID()
const actorId = randomUUID()
let database: FreshDatabase
let book: Codes

before(async () => {
  database = await freshDatabase()
  book = codes(await openKeys(database.sql))
})
after(() => database.close())

const request = (over: object = {}) => ({
  id: randomUUID(),
  ownerId,
  actorId,
  gtin,
  lot: 'A20261012-3',
  quantity: 10,
  at: new Date('2026-10-12T00:00:00Z'),
  ...over,
})

const refusal = (code: string) => (error: unknown) => {
  assert.ok(error instanceof Failure)
  assert.ok(
    [error.code, ...error.problems.map((problem) => problem.code)].includes(code),
    `${error.code} ${JSON.stringify(error.problems)}`,
  )
  return true
}

test('each issued code resolves to its order, place and lot; its neighbours beyond the range are refused', async () => {
  const { sql } = database
  const own = { gtin: '06901234567885' }
  const first = await issueCodes(sql, request({ ...own, quantity: 5000, lot: 'L1' }))
  const second = await issueCodes(sql, request({ ...own, quantity: 3, lot: 'L2' }))
  assert.equal(second.firstIndex, first.firstIndex + 5000)
  const all = [...book.serialsOf(first)].flat()
  assert.equal(new Set(all).size, 5000)
  for (const place of [0, 4095, 4096, 4999]) {
    const found = await book.resolve(sql, own.gtin, all[place] as string)
    assert.equal(found?.order.id, first.id)
    assert.equal(found?.index, first.firstIndex + place)
    assert.equal(found?.lot, 'L1')
  }
  assert.deepEqual([...book.serialsOf(first, 4998)].flat(), all.slice(4998))
  assert.deepEqual([...book.serialsOf(first, 10, 20)].flat(), all.slice(10, 30))
  // The same permutation, one index further than anything ordered.
  const [beyond] = [...book.serialsOf({ ...second, quantity: 4 }, 3)].flat()
  assert.equal(book.indexesOf(own.gtin, beyond as string).length, 1)
  assert.equal(await book.resolve(sql, own.gtin, beyond as string), undefined)
})

test('an order of a hundred million codes is one row', async () => {
  const { sql } = database
  const order = await issueCodes(sql, request({ gtin: '06901234567878', quantity: QUANTITY_LIMIT }))
  const [serial] = [...book.serialsOf(order, QUANTITY_LIMIT - 1)].flat()
  assert.equal((await book.resolve(sql, order.gtin, serial as string))?.index, QUANTITY_LIMIT - 1)
  const [count] = await sql`select count(*)::int as orders from code_order where gtin = ${order.gtin}`
  assert.equal(count?.orders, 1)
})

test('the same request sent twice is one order; another content under its id is refused', async () => {
  const { sql } = database
  const sent = request({ lot: 'TWICE' })
  const [one, two, three] = await Promise.all([issueCodes(sql, sent), issueCodes(sql, sent), issueCodes(sql, sent)])
  assert.deepEqual(one, two)
  assert.deepEqual(one, three)
  await assert.rejects(issueCodes(sql, { ...sent, quantity: 11 }), refusal('order-differs'))
})

test('orders that come at once get ranges that do not meet', async () => {
  const { sql } = database
  const orders = await Promise.all(Array.from({ length: 20 }, () => issueCodes(sql, request({ quantity: 7 }))))
  const starts = orders.map((order) => order.firstIndex).sort((a, b) => a - b)
  for (let i = 1; i < starts.length; i++) assert.ok((starts[i] as number) - (starts[i - 1] as number) >= 7)
})

test('a GTIN belongs to who ordered first: another owner is refused', async () => {
  await assert.rejects(issueCodes(database.sql, request({ ownerId: randomUUID() })), refusal('gtin-of-another'))
})

test('an order is seen by its owner only', async () => {
  const order = await issueCodes(database.sql, request())
  assert.deepEqual(await orderOf(database.sql, ownerId, order.id), order)
  assert.equal(await orderOf(database.sql, randomUUID(), order.id), undefined)
})

test('a wrong GTIN, lot or quantity is refused at its field and nothing is written', async () => {
  const { sql } = database
  const [before] = await sql`select count(*)::int as n from code_order`
  const bad: [object, string][] = [
    [{ gtin: '06901234567890' }, 'gtin-check'],
    [{ gtin: '123' }, 'gtin-format'],
    [{ gtin: '' }, 'gtin-format'],
    [{ lot: '' }, 'lot'],
    [{ lot: 'x'.repeat(21) }, 'lot'],
    [{ lot: '批号一' }, 'lot'],
    [{ lot: 'A B' }, 'lot'],
    [{ lot: '..' }, 'lot'],
    [{ lot: 'a\u0000' }, 'lot'],
    [{ quantity: 0 }, 'quantity'],
    [{ quantity: -5 }, 'quantity'],
    [{ quantity: 1.5 }, 'quantity'],
    [{ quantity: Number.NaN }, 'quantity'],
    [{ quantity: QUANTITY_LIMIT + 1 }, 'quantity'],
  ]
  for (const [over, code] of bad) await assert.rejects(issueCodes(sql, request(over)), refusal(code))
  const [later] = await sql`select count(*)::int as n from code_order`
  assert.equal(later?.n, before?.n)
})

test("neither the users' nor the shoppers' database role can read the keys, nor the shoppers' the orders", async () => {
  const denied = async (role: string, query: string) => {
    const sql = postgres(database.url, { max: 1, connection: { role }, onnotice: () => {} })
    try {
      await assert.rejects(sql.unsafe(query), /permission denied/)
    } finally {
      await sql.end()
    }
  }
  await denied('shisu_web', 'select material from code_key')
  await denied('shisu_public', 'select material from code_key')
  await denied('shisu_public', 'select * from code_order')
  await denied('shisu_public', 'select * from event')
  await denied('shisu_public', 'select public_origin(1)')
  await denied('shisu_web', 'update code_order set quantity = 1')
})

test('two processes that start together on an empty database agree on the key', async () => {
  const [a, b] = await Promise.all([openKeys(database.sql), openKeys(database.sql)])
  assert.deepEqual(a.versions, b.versions)
  const order = await issueCodes(database.sql, request())
  assert.deepEqual([...codes(a).serialsOf(order)], [...codes(b).serialsOf(order)])
})

test('after a new key is added, new orders use it and codes printed before stay genuine', async () => {
  const { sql } = database
  const before = await issueCodes(sql, request({ quantity: 3 }))
  const printed = [...book.serialsOf(before)].flat()
  assert.equal(await rotateKey(sql), 2)
  assert.equal(
    (await issueCodes(sql, request({ quantity: 1 }))).keyVersion,
    1,
    'a new key waits until all have read it',
  )
  await sql`update code_key set created_at = now() - interval '6 minutes' where version = 2`
  const rotated = codes(await openKeys(sql))
  const order = await issueCodes(sql, request({ quantity: 3 }))
  assert.equal(order.keyVersion, 2)
  const fresh = [...rotated.serialsOf(order)].flat()
  assert.equal((await rotated.resolve(sql, gtin, printed[1] as string))?.order.id, before.id)
  assert.equal((await rotated.resolve(sql, gtin, fresh[1] as string))?.order.id, order.id)
  // A forger with the old key cannot make codes of an order under the new one.
  const forged = [...rotated.serialsOf({ ...order, keyVersion: 1 })].flat()
  assert.equal(await rotated.resolve(sql, gtin, forged[1] as string), undefined)
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { claimEvents, events, trace } from '../../src/trace/index.ts'
import type { FreshDatabase } from '../database.ts'
import { at, capture, chainDatabase, event, lot, owners, pallet, party, place, serial } from './chain.ts'

const bag = '06901000000301'
const all = { all: true } as const
const now = new Date('2026-08-01T00:00:00.000Z')
let database: FreshDatabase

before(async () => {
  database = await chainDatabase()
})

after(() => database.close())

const keysOf = (answer: { nodes: { key: string }[] }) => answer.nodes.map(({ key }) => key).sort()
const forward = (id: string, asOf?: string) =>
  trace(database.sql, all, { id, direction: 'forward', now, ...(asOf && { asOf: new Date(asOf) }) })

function pack(day: number, action: string, parentID: string, childEPCs: string[]) {
  return event('AggregationEvent', at(day), { action, bizLocation: place('factory'), parentID, childEPCs })
}

test('a bag that is packed into another case left its first case then, though nobody recorded its taking out', async () => {
  const [first, second, other] = ['069010000000001001', '069010000000001002', '069010000000001003'].map(pallet) as [
    string,
    string,
    string,
  ]
  const one = serial(bag, 'MOVED')
  // Arrives in the wrong order: the later packing first.
  await capture(database.sql, 'factory', [pack(5, 'ADD', second, [one])])
  await capture(database.sql, 'factory', [pack(3, 'ADD', first, [one])])
  await capture(database.sql, 'factory', [pack(7, 'ADD', other, [first])])
  assert.deepEqual(keysOf(await forward(one)), [first, second, one].sort())
  const edge = (await forward(one)).edges.find(({ to }) => to === first)
  assert.equal(edge?.until, at(5))
  // As it was before the second packing had happened.
  assert.deepEqual(keysOf(await forward(one, at(4))), [first, one].sort())
})

test('a bag seen in the pallet that its case is in stays in its case', async () => {
  const [box, whole] = ['069010000000001010', '069010000000001011'].map(pallet) as [string, string]
  const one = serial(bag, 'NESTED')
  await capture(database.sql, 'factory', [
    pack(1, 'ADD', box, [one]),
    pack(2, 'ADD', whole, [box]),
    pack(3, 'OBSERVE', whole, [one]),
  ])
  assert.equal((await forward(one)).edges.find(({ to }) => to === box)?.until, undefined)
})

test('a container that was destroyed holds nothing when its number is used again', async () => {
  const [box, lorry] = ['069010000000001020', '069010000000001021'].map(pallet) as [string, string]
  const one = serial(bag, 'BEFORE')
  await capture(database.sql, 'factory', [pack(1, 'ADD', box, [one])])
  await capture(database.sql, 'factory', [pack(4, 'ADD', lorry, [box])])
  assert.deepEqual(keysOf(await forward(one)), [box, lorry, one].sort())
  const destroyed = { action: 'DELETE', bizStep: 'destroying', bizLocation: place('factory'), epcList: [box] }
  await capture(database.sql, 'factory', [event('ObjectEvent', at(2), destroyed)])
  assert.deepEqual(keysOf(await forward(one)), [box, one].sort())
})

test('an unlabelled quantity is reached where the lot was by then, and nowhere else', async () => {
  const gtin = '06901000000998'
  const [mine, dish, elsewhere, early] = [
    lot(gtin, 'U1'),
    serial('06901000000981', 'DISH'),
    serial('06901000000981', 'FAR'),
    serial('06901000000981', 'EARLY'),
  ]
  const quantityList = [{ epcClass: mine, quantity: 10, uom: 'KGM' }]
  const use = (day: number, where: 'shop' | 'warehouse', output: string) =>
    event('TransformationEvent', at(day), {
      bizLocation: place(where),
      inputQuantityList: [{ epcClass: `urn:epc:idpat:sgtin:6901000.000099.*`, quantity: 1, uom: 'KGM' }],
      outputEPCList: [output],
    })
  await capture(database.sql, 'factory', [
    event('ObjectEvent', at(1), {
      action: 'ADD',
      bizStep: 'commissioning',
      bizLocation: place('factory'),
      quantityList,
    }),
    event('ObjectEvent', at(2), {
      action: 'OBSERVE',
      bizStep: 'shipping',
      bizLocation: place('factory'),
      quantityList,
      destinationList: [{ type: 'possessing_party', destination: party('shop') }],
    }),
  ])
  // The shop never confirmed the receipt; it was on its way there.
  await capture(database.sql, 'shop', [use(5, 'shop', dish), use(1, 'shop', early)])
  await capture(database.sql, 'warehouse', [use(5, 'warehouse', elsewhere)])
  const answer = await forward(mine)
  assert.deepEqual(keysOf(answer), [mine, dish, `https://id.gs1.org/01/${gtin}`].sort())
  const mix = answer.edges.find(({ kind }) => kind === 'mix')
  assert.deepEqual([mix?.from, mix?.to], [mine, `https://id.gs1.org/01/${gtin}`])
  assert.equal(mix?.events.length, 1)
})

test('an enterprise filed after others named its GLN sees those events, its county too, once they are claimed', async () => {
  const { sql } = database
  const newcomer = { ownerId: '00000000-0000-7000-8000-000000000009', gln: '6901000000097', county: '450206' }
  const quantityList = [{ epcClass: lot(bag, 'EARLY'), quantity: 5 }]
  await capture(sql, 'factory', [
    event('ObjectEvent', at(9), {
      action: 'OBSERVE',
      bizStep: 'shipping',
      bizLocation: place('factory'),
      quantityList,
      destinationList: [{ type: 'owning_party', destination: `https://id.gs1.org/417/${newcomer.gln}` }],
    }),
  ])
  await sql`insert into owner (id, title, region, gln) values (${newcomer.ownerId}, '新店', ${newcomer.county}, ${newcomer.gln})`
  const seen = async () => {
    const page = { order: { by: 'eventTime', descending: false }, limit: 10 } as const
    const scopes = [{ ownerId: newcomer.ownerId }, { county: newcomer.county }]
    const pages = await Promise.all(scopes.map((scope) => events(sql, scope, {}, page)))
    return pages.map((one) => one.events.length)
  }
  assert.deepEqual(await seen(), [0, 0])
  assert.equal(await claimEvents(sql), 1)
  assert.deepEqual(await seen(), [1, 1])
  assert.equal(await claimEvents(sql), 0, 'twice changes nothing')
  const answer = await trace(sql, { ownerId: owners.factory.id }, { id: lot(bag, 'EARLY'), direction: 'forward', now })
  assert.equal(answer.hidden, 0)
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { unitFacts } from '../../src/language/units.ts'
import { balance, frontier, type LotBalance } from '../../src/trace/index.ts'
import type { FreshDatabase } from '../database.ts'
import { at, capture, chainDatabase, event, type Fields, lot, owners, pallet, party, place, serial } from './chain.ts'
import { randomFrom } from './random.ts'

const now = new Date('2026-08-01T00:00:00.000Z')
const start = Date.parse('2026-07-01T00:00:00.000Z')
const rice = '06901000000103'
const bag = '06901000000301'
const tank = 'https://id.gs1.org/8003/06901000000905T1'
type Where = 'factory' | 'warehouse' | 'shop'
const places: readonly Where[] = ['factory', 'warehouse', 'shop']
let database: FreshDatabase

before(async () => {
  database = await chainDatabase()
})

after(() => database.close())

const kilograms = (epcClass: string, quantity: number, uom = 'KGM') => ({ epcClass, quantity, ...(uom && { uom }) })
const seen = (time: string, where: Where, bizStep: string, goods: Fields, more: Fields = {}) =>
  event('ObjectEvent', time, { action: 'OBSERVE', bizStep, bizLocation: place(where), ...goods, ...more })
const bound = (to: Where) => ({ destinationList: [{ type: 'possessing_party', destination: party(to) }] })

async function balanceOf(id: string): Promise<LotBalance> {
  const answer = await balance(database.sql, { all: true }, { id, now, units: unitFacts })
  const row = answer.lots.find(({ key }) => key === id)
  assert.ok(row, `${id} has a row: ${JSON.stringify(answer.lots)}`)
  return row
}

test('grams and kilograms of one lot are one balance, and all of it is accounted for', async () => {
  const flour = lot(rice, 'B1')
  await capture(database.sql, 'factory', [
    event('ObjectEvent', at(1), {
      action: 'ADD',
      bizStep: 'commissioning',
      bizLocation: place('factory'),
      quantityList: [kilograms(flour, 10)],
    }),
    seen(at(2), 'factory', 'shipping', { quantityList: [kilograms(flour, 2500, 'GRM')] }, bound('shop')),
    seen(at(3), 'shop', 'receiving', { quantityList: [kilograms(flour, 2.5)] }),
    seen(at(4), 'shop', 'retail_selling', { quantityList: [kilograms(flour, 500, 'GRM')] }),
    seen(at(5), 'shop', 'receiving', { quantityList: [kilograms(flour, 200, 'GRM')] }, { disposition: 'returned' }),
    event('ObjectEvent', at(6), {
      action: 'DELETE',
      bizStep: 'destroying',
      bizLocation: place('shop'),
      quantityList: [kilograms(flour, 0.2)],
    }),
  ])
  const row = await balanceOf(flour)
  assert.deepEqual(
    [row.uom, row.produced, row.sold, row.returned, row.destroyed, row.stock, row.inTransit, row.isBalanced],
    ['KGM', '10', '0.5', '0.2', '0.2', '9.5', '0', true],
  )
  // Who holds how much says the same, in the same unit.
  const { items } = await frontier(database.sql, { all: true }, { id: flour, now })
  assert.deepEqual(
    items.map(({ holder, quantity, uom, state }) => `${holder?.id} ${quantity} ${uom} ${state}`).sort(),
    [`${owners.factory.gln} 7.5 KGM here`, `${owners.shop.gln} 2 KGM here`],
  )
})

test('what a shop sends back to the factory is a delivery: it is on its way no longer, and accounted for', async () => {
  const flour = lot(rice, 'B1R')
  const some = (amount: number) => ({ quantityList: [kilograms(flour, amount)] })
  const from = { sourceList: [{ type: 'possessing_party', source: party('shop') }] }
  await capture(database.sql, 'factory', [
    event('ObjectEvent', at(1), {
      action: 'ADD',
      bizStep: 'commissioning',
      bizLocation: place('factory'),
      ...some(10),
    }),
    seen(at(2), 'factory', 'shipping', some(5), bound('shop')),
    seen(at(3), 'shop', 'receiving', some(5)),
    seen(at(4), 'shop', 'shipping', some(2), { ...from, ...bound('factory'), disposition: 'returned' }),
    seen(at(5), 'factory', 'receiving', some(2), { ...from, disposition: 'returned' }),
  ])
  const row = await balanceOf(flour)
  assert.deepEqual(
    [row.produced, row.shipped, row.received, row.returned, row.stock, row.inTransit, row.unaccounted, row.isBalanced],
    ['10', '7', '7', '0', '10', '0', '0', true],
  )
})

test('pieces sent by quantity and scanned one by one where they arrive are on their way no longer', async () => {
  const id = lot(bag, 'BS')
  const one = (number: string) => `https://id.gs1.org/01/${bag}/10/BS/21/${number}`
  const pieces = (quantity: number) => ({ quantityList: [{ epcClass: id, quantity }] })
  await capture(database.sql, 'factory', [
    event('ObjectEvent', at(1), { action: 'ADD', bizLocation: place('factory'), ...pieces(10) }),
    seen(at(2), 'factory', 'shipping', pieces(4), bound('shop')),
    seen(at(3), 'factory', 'shipping', pieces(2)),
    seen(at(4), 'shop', 'receiving', { epcList: ['SA', 'SB', 'SC', 'SD', 'SE'].map(one) }),
  ])
  const { items } = await frontier(database.sql, { all: true }, { id, now })
  assert.deepEqual(items.map(({ holder, quantity, state }) => `${holder?.title} ${quantity} ${state}`).sort(), [
    '便利店 5 here',
    '螺蛳粉厂 1 in_transit',
    '螺蛳粉厂 4 here',
  ])
  const row = await balanceOf(id)
  assert.deepEqual([row.shipped, row.received, row.inTransit, row.stock], ['6', '5', '1', '9'])
})

test('what shoppers bring back to a shop that records no sales is not the delivery that is on its way there; what comes back to whoever sent it is', async () => {
  const flour = lot(rice, 'B1Z')
  const some = (amount: number, more: Fields = {}) => [{ quantityList: [kilograms(flour, amount)] }, more] as const
  const returned = { disposition: 'returned' }
  await capture(database.sql, 'factory', [
    event('ObjectEvent', at(1), { action: 'ADD', bizLocation: place('factory'), quantityList: [kilograms(flour, 10)] }),
    seen(at(2), 'factory', 'shipping', ...some(5, bound('shop'))),
    seen(at(3), 'shop', 'receiving', ...some(5)),
    seen(at(4), 'factory', 'shipping', ...some(3, bound('shop'))),
    seen(at(5), 'shop', 'receiving', ...some(1, returned)),
  ])
  const sums = async (key = flour) => {
    const { received, returned, inTransit } = await balanceOf(key)
    return [received, returned, inTransit]
  }
  assert.deepEqual(await sums(), ['5', '1', '3'], 'from a shopper')
  await capture(database.sql, 'shop', [seen(at(6), 'shop', 'receiving', ...some(3))])
  assert.deepEqual(await sums(), ['8', '1', '0'], 'the delivery')

  const boxed = lot(rice, 'B1Y')
  const part = (amount: number) => ({ quantityList: [kilograms(boxed, amount)] })
  const box = pallet('069010000000007771')
  const inBox = { bizLocation: place('factory'), parentID: box }
  await capture(database.sql, 'factory', [
    event('ObjectEvent', at(1), { action: 'ADD', bizLocation: place('factory'), ...part(10) }),
    event('AggregationEvent', at(2), { ...inBox, action: 'ADD', childQuantityList: [kilograms(boxed, 10)] }),
    seen(at(3), 'factory', 'shipping', { epcList: [box] }, bound('shop')),
    seen(at(4), 'shop', 'receiving', { epcList: [box] }),
    event('AggregationEvent', at(5), { ...inBox, bizLocation: place('shop'), action: 'DELETE' }),
    seen(at(6), 'shop', 'shipping', part(2), bound('factory')),
    seen(at(7), 'factory', 'receiving', part(2), returned),
  ])
  assert.deepEqual((await sums(boxed)).slice(1), ['0', '0'], 'sent in a box, and some of it back')
})

test('goods sent to nobody named and received from nobody named are one delivery; only what was sold comes back from shoppers', async () => {
  const flour = lot(rice, 'B1N')
  const some = (amount: number, more: Fields = {}) => [{ quantityList: [kilograms(flour, amount)] }, more] as const
  const returned = { disposition: 'returned' }
  const stocks = async () => {
    const { items } = await frontier(database.sql, { all: true }, { id: flour, now })
    return items.map(({ holder, quantity, state }) => `${holder?.title} ${quantity} ${state}`).sort()
  }
  await capture(database.sql, 'factory', [
    event('ObjectEvent', at(1), { action: 'ADD', bizLocation: place('factory'), quantityList: [kilograms(flour, 10)] }),
    seen(at(2), 'factory', 'shipping', ...some(5)),
    seen(at(3), 'shop', 'receiving', ...some(5)),
  ])
  assert.deepEqual(await stocks(), ['便利店 5 here', '螺蛳粉厂 5 here'])
  await capture(database.sql, 'shop', [
    seen(at(4), 'shop', 'shipping', ...some(2, returned)),
    seen(at(5), 'factory', 'receiving', ...some(2, returned)),
    seen(at(6), 'shop', 'retail_selling', ...some(1)),
    seen(at(7), 'factory', 'shipping', ...some(3)),
    seen(at(8), 'shop', 'receiving', ...some(1, returned)),
  ])
  const row = await balanceOf(flour)
  assert.deepEqual(
    [row.shipped, row.received, row.sold, row.returned, row.stock, row.inTransit, row.flags.length],
    ['10', '7', '1', '1', '7', '3', 0],
  )
  assert.deepEqual(await stocks(), ['便利店 3 here', '螺蛳粉厂 3 in_transit', '螺蛳粉厂 4 here'])
})

test('what is given out without having been there is an overdraw; what was sent and never came is unaccounted for', async () => {
  const flour = lot(rice, 'B2')
  await capture(database.sql, 'factory', [
    event('ObjectEvent', at(1), { action: 'ADD', bizLocation: place('factory'), quantityList: [kilograms(flour, 10)] }),
    seen(at(2), 'factory', 'shipping', { quantityList: [kilograms(flour, 12)] }, bound('shop')),
    seen(at(3), 'shop', 'receiving', { quantityList: [kilograms(flour, 11)] }),
    seen(at(4), 'shop', 'cycle_counting', { quantityList: [kilograms(flour, 9)] }),
  ])
  const row = await balanceOf(flour)
  assert.deepEqual(
    row.flags.map(({ kind, quantity, holder }) => [kind, quantity, holder.title]),
    [
      ['overdraw', '2', '螺蛳粉厂'],
      ['short', '2', '便利店'],
    ],
  )
  assert.deepEqual([row.inTransit, row.unaccounted, row.stock, row.isBalanced], ['1', '5', '9', false])
})

test('rework is neither made nor lost; a commingled tank gives up all the lots that were in it', async () => {
  const [first, second, mixed] = [lot(rice, 'T1'), lot(rice, 'T2'), lot(rice, 'TM')]
  const made = (day: number, input: Fields, output: Fields) =>
    event('TransformationEvent', at(day), { bizLocation: place('factory'), ...input, ...output })
  await capture(database.sql, 'factory', [
    event('ObjectEvent', at(1), {
      action: 'ADD',
      bizLocation: place('factory'),
      quantityList: [kilograms(first, 10), kilograms(second, 5)],
    }),
    event('AggregationEvent', at(2), {
      action: 'ADD',
      bizLocation: place('factory'),
      parentID: tank,
      childQuantityList: [kilograms(first, 10), kilograms(second, 4)],
    }),
    made(3, { inputEPCList: [tank] }, { outputQuantityList: [kilograms(mixed, 14)] }),
    // Sent through again with something of itself.
    made(4, { inputQuantityList: [kilograms(mixed, 3)] }, { outputQuantityList: [kilograms(mixed, 2)] }),
    // The tank is filled anew: what was in it before is gone.
    event('AggregationEvent', at(5), {
      action: 'ADD',
      bizLocation: place('factory'),
      parentID: tank,
      childQuantityList: [kilograms(second, 1)],
    }),
    event('TransformationEvent', at(6), {
      bizLocation: place('factory'),
      inputEPCList: [tank],
      outputEPCList: [serial(bag, 'TB')],
    }),
  ])
  assert.deepEqual([(await balanceOf(first)).used, (await balanceOf(first)).stock], ['10', '0'])
  assert.deepEqual([(await balanceOf(second)).used, (await balanceOf(second)).stock], ['5', '0'])
  const row = await balanceOf(mixed)
  assert.deepEqual([row.produced, row.reworked, row.used, row.stock, row.flags], ['14', '2', '1', '13', []])
})

test('a case that moves takes its part of the lot along, and a part taken out stays behind', async () => {
  const packed = lot(bag, 'B3')
  const box = pallet('069010000000002001')
  const pieces = (quantity: number) => ({ epcClass: packed, quantity })
  await capture(database.sql, 'factory', [
    event('TransformationEvent', at(1), {
      bizLocation: place('factory'),
      inputQuantityList: [kilograms(lot(rice, 'B9'), 1)],
      outputQuantityList: [pieces(40)],
      outputEPCList: [`https://id.gs1.org/01/${bag}/10/B3/21/ONE`],
    }),
    event('AggregationEvent', at(2), {
      action: 'ADD',
      bizLocation: place('factory'),
      parentID: box,
      childQuantityList: [pieces(24)],
    }),
    event('AggregationEvent', at(3), {
      action: 'DELETE',
      bizLocation: place('factory'),
      parentID: box,
      childQuantityList: [pieces(4)],
    }),
    seen(at(4), 'factory', 'shipping', { epcList: [box] }, bound('shop')),
    seen(at(5), 'shop', 'receiving', { epcList: [box] }),
  ])
  const row = await balanceOf(packed)
  assert.deepEqual(
    [row.produced, row.stock, row.isBalanced],
    ['41', '41', true],
    'what is named is beside the quantity',
  )
  assert.deepEqual(
    row.holders.map(({ title, stock }) => [title, stock]),
    [
      ['螺蛳粉厂', '21'],
      ['便利店', '20'],
    ],
  )
})

test('an event’s two lists are different goods: things named beside a quantity of their lot are none of it', async () => {
  const id = lot(bag, 'BD')
  const one = (number: string) => `https://id.gs1.org/01/${bag}/10/BD/21/${number}`
  const some = (quantity: number, ...numbers: string[]) => ({
    quantityList: [{ epcClass: id, quantity }],
    epcList: numbers.map(one),
  })
  const made = (day: number, fields: Fields) =>
    event('ObjectEvent', at(day), { action: 'ADD', bizStep: 'commissioning', bizLocation: place('factory'), ...fields })
  await capture(database.sql, 'factory', [
    made(1, some(10, 'A', 'B')),
    seen(at(2), 'factory', 'shipping', some(4, 'A'), bound('shop')),
    seen(at(3), 'shop', 'receiving', some(4, 'A')),
    // Labelled later: C was one of the ten.
    made(4, { epcList: [one('C')] }),
    // D had no number of its own when it was made, and none was sent by it.
    seen(at(5), 'shop', 'retail_selling', some(1, 'A', 'D')),
  ])
  const row = await balanceOf(id)
  assert.deepEqual(
    [row.produced, row.shipped, row.received, row.sold, row.stock, row.isBalanced],
    ['12', '5', '5', '3', '9', true],
  )
  const { items } = await frontier(database.sql, { all: true }, { id, now })
  assert.deepEqual(
    items.map(({ holder, quantity }) => `${holder?.title} ${quantity}`),
    ['螺蛳粉厂 7', '便利店 2'],
  )
})

type Act =
  | { kind: 'make' | 'use' | 'sell' | 'destroy' | 'count' | 'return' | 'receive'; where: Where; amount: number }
  | { kind: 'ship'; where: Where; to: Where; amount: number }
  | { kind: 'rework'; where: Where; into: number; out: number }
  | { kind: 'pack' | 'unpack'; where: Where; amount: number }
  | { kind: 'shipBox' | 'receiveBox'; where: Where }
type Timed = Act & { id: string; wrong?: true }

function history(seed: number): Timed[] {
  const random = randomFrom(seed)
  const where = () => places[random(3)] as Where
  const amount = () => 1 + random(20)
  return Array.from({ length: 30 }, (_, i): Timed => {
    const base = { id: `urn:x:b${seed}-${i}`, ...(random(12) === 0 && { wrong: true as const }) }
    const sort = random(13)
    if (i === 0 || sort < 3) return { ...base, kind: 'make', where: where(), amount: 10 + amount() }
    if (sort < 5) return { ...base, kind: 'ship', where: where(), to: where(), amount: amount() }
    if (sort < 6) return { ...base, kind: 'rework', where: where(), into: amount(), out: amount() }
    if (sort < 8) return { ...base, kind: random(3) > 0 ? 'pack' : 'unpack', where: where(), amount: amount() }
    if (sort < 9) return { ...base, kind: random(2) === 0 ? 'shipBox' : 'receiveBox', where: where() }
    const kinds = ['use', 'sell', 'destroy', 'count', 'return', 'receive', 'receive'] as const
    return { ...base, kind: kinds[random(kinds.length)] ?? 'use', where: where(), amount: amount() }
  })
}

/** Without a word of from whom, only what was sold at a place is sure to come back from shoppers: else it is a receipt. */
function soldBefore(acts: readonly Timed[]): Timed[] {
  const sold: Record<string, number> = {}
  return acts.map((act) => {
    if (act.wrong || (act.kind !== 'sell' && act.kind !== 'return')) return act
    const before = sold[act.where] ?? 0
    if (act.kind === 'return' && before < act.amount) return { ...act, kind: 'receive' }
    sold[act.where] = before + (act.kind === 'sell' ? act.amount : -act.amount)
    return act
  })
}

/** The books kept the plain way, in whole numbers. */
function books(acts: readonly Timed[]) {
  const sums: Record<string, number> = {}
  const stock: Record<string, number> = {}
  let box = 0
  let boxAt: string | undefined
  let transit = 0
  let missing = 0
  const add = (name: string, amount: number) => {
    sums[name] = (sums[name] ?? 0) + amount
  }
  const give = (name: string, where: Where, amount: number) => {
    add(name, amount)
    missing += Math.max(0, amount - (stock[where] ?? 0))
    stock[where] = Math.max(0, (stock[where] ?? 0) - amount)
    if (name === 'shipped') transit += amount
  }
  const get = (name: string, where: Where, amount: number) => {
    add(name, amount)
    stock[where] = (stock[where] ?? 0) + amount
    if (name !== 'received') return
    const met = Math.min(transit, amount)
    transit -= met
    add('entered', amount - met)
  }
  for (const act of acts) {
    if (act.wrong) continue
    if (act.kind === 'make') get('produced', act.where, act.amount)
    else if (act.kind === 'return') get('returned', act.where, act.amount)
    else if (act.kind === 'receive') get('received', act.where, act.amount)
    else if (act.kind === 'use') give('used', act.where, act.amount)
    else if (act.kind === 'sell') give('sold', act.where, act.amount)
    else if (act.kind === 'destroy') give('destroyed', act.where, act.amount)
    else if (act.kind === 'ship') give('shipped', act.where, act.amount)
    else if (act.kind === 'rework') {
      const again = Math.min(act.into, act.out)
      add('reworked', again)
      if (act.into > again) give('used', act.where, act.into - again)
      if (act.out > again) get('produced', act.where, act.out - again)
    } else if (act.kind === 'count') {
      missing += Math.max(0, (stock[act.where] ?? 0) - act.amount)
      stock[act.where] = act.amount
    } else if (act.kind === 'pack') {
      box += act.amount
      boxAt = act.where
    } else if (act.kind === 'unpack') {
      box -= Math.min(box, act.amount)
      boxAt = act.where
    } else if (act.kind === 'shipBox') {
      if (box > 0) give('shipped', act.where, box)
      boxAt = 'on its way'
    } else {
      if (box > 0 && boxAt !== act.where) get('received', act.where, box)
      boxAt = act.where
    }
  }
  const total = Object.values(stock).reduce((sum, each) => sum + each, 0)
  return { sums, stock, total, transit, unaccounted: missing + transit }
}

function eventOf(act: Timed, hour: number, mine: string, box: string): Fields {
  const time = new Date(start + hour * 3_600_000).toISOString()
  const goods = (quantity: number) => [{ epcClass: mine, quantity, uom: 'KGM' }]
  const quantityList = goods('amount' in act ? act.amount : 0)
  const common = { eventID: act.id }
  switch (act.kind) {
    case 'make':
      return event('ObjectEvent', time, { ...common, action: 'ADD', bizLocation: place(act.where), quantityList })
    case 'rework':
      return event('TransformationEvent', time, {
        ...common,
        bizLocation: place(act.where),
        inputQuantityList: goods(act.into),
        outputQuantityList: goods(act.out),
      })
    case 'use':
      return event('TransformationEvent', time, {
        ...common,
        bizLocation: place(act.where),
        inputQuantityList: quantityList,
        outputEPCList: [serial(bag, act.id.slice(6))],
      })
    case 'destroy':
      return event('ObjectEvent', time, {
        ...common,
        action: 'DELETE',
        bizStep: 'destroying',
        bizLocation: place(act.where),
        quantityList,
      })
    case 'pack':
    case 'unpack':
      return event('AggregationEvent', time, {
        ...common,
        action: act.kind === 'pack' ? 'ADD' : 'DELETE',
        bizLocation: place(act.where),
        parentID: box,
        childQuantityList: quantityList,
      })
    case 'shipBox':
      return seen(time, act.where, 'shipping', { epcList: [box] }, common)
    case 'receiveBox':
      return seen(time, act.where, 'receiving', { epcList: [box] }, common)
    case 'return':
      return seen(time, act.where, 'receiving', { quantityList }, { ...common, disposition: 'returned' })
    case 'ship':
      return seen(time, act.where, 'shipping', { quantityList }, { ...common, ...bound(act.to) })
    default: {
      const steps = { sell: 'retail_selling', count: 'cycle_counting', receive: 'receiving' }
      return seen(time, act.where, steps[act.kind], { quantityList }, common)
    }
  }
}

test('the balance equals plainly kept books on random histories: counts, returns, rework, boxes, corrections, any order of arrival', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const acts = soldBefore(history(seed))
    const mine = lot(rice, `RND${seed}`)
    const box = `https://id.gs1.org/8003/06901000000905R${seed}`
    const random = randomFrom(seed + 500)
    const list = acts
      .flatMap((act, i) => {
        const fields = eventOf(act, i + 1, mine, box)
        const wrong = { ...fields, errorDeclaration: { declarationTime: now.toISOString(), reason: 'did_not_occur' } }
        return act.wrong ? [fields, wrong] : [fields]
      })
      .map((fields) => ({ fields, order: random(1_000_000) }))
      .sort((a, b) => a.order - b.order)
    for (let i = 0; i < list.length; i += 7)
      await capture(
        database.sql,
        'factory',
        list.slice(i, i + 7).map(({ fields }) => fields),
      )
    const row = await balanceOf(mine)
    const expected = books(acts)
    const names = [
      'produced',
      'entered',
      'received',
      'returned',
      'reworked',
      'shipped',
      'used',
      'sold',
      'destroyed',
    ] as const
    const got = Object.fromEntries(names.map((name) => [name, Number(row[name])]))
    assert.deepEqual(got, Object.fromEntries(names.map((name) => [name, expected.sums[name] ?? 0])), `seed ${seed}`)
    assert.deepEqual(
      [Number(row.stock), Number(row.inTransit), Number(row.unaccounted)],
      [expected.total, expected.transit, expected.unaccounted],
      `seed ${seed}`,
    )
    for (const where of places) {
      const held = row.holders.find(({ id }) => id === owners[where].gln)
      assert.equal(Number(held?.stock ?? 0), expected.stock[where] ?? 0, `seed ${seed}, ${where}`)
    }
  }
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { whereabouts } from '../../src/trace/answer.ts'
import { readParties } from '../../src/trace/facts.ts'
import { gather } from '../../src/trace/gather.ts'
import { hiddenIn } from '../../src/trace/graph.ts'
import { frontier, type Scope, trace } from '../../src/trace/index.ts'
import type { FreshDatabase } from '../database.ts'
import { capture, chainDatabase, event, type Fields, lot, owners, place, serial } from './chain.ts'
import { eventOf, identifier, moment, now, ownGtin } from './happenings.ts'
import { randomFrom } from './random.ts'
import { type Happening, isSingle, Reference, thingsOf } from './reference.ts'

const length = 30

let database: FreshDatabase

before(async () => {
  database = await chainDatabase()
})

after(() => database.close())

function history(seed: number): Happening[] {
  const random = randomFrom(seed)
  const pick = <T>(list: readonly T[]) => list[random(list.length)] as T
  const some = <T>(list: readonly T[], most: number) => [
    ...new Set(Array.from({ length: 1 + random(most) }, () => pick(list))),
  ]
  const lots = ['L0.0', 'L1.0', 'L1.1', 'L2.0']
  const serials = ['S0.0', 'S0.1', 'S1.0', 'S1.1', 'S2.0', 'S2.1']
  const containers = ['K0', 'K1', 'K2']
  const classes = ['G0', 'G1']
  const events: Happening[] = []
  for (let i = 0; i < length; i++) {
    const base = { id: `urn:x:${seed}-${i}`, time: random(40) }
    const sort = random(10)
    if (sort < 3) {
      const inputs = some([...lots, ...serials, ...containers, ...classes], 2)
      const outputs = some([...lots, ...serials, ...(random(4) === 0 ? classes : [])], 2)
      events.push({
        ...base,
        kind: 'make',
        inputs,
        outputs,
        ...(random(4) === 0 && { joined: `urn:x:${seed}-joined` }),
      })
    } else if (sort < 4) {
      const chosen = pick(lots)
      const own = serials.filter((one) => one[1] === chosen[1])
      events.push({ ...base, kind: 'commission', lot: chosen, serials: some(own, 2) })
    } else if (sort < 5) {
      events.push({ ...base, kind: 'destroy', things: some([...containers, ...serials], 2) })
    } else {
      const parent = pick(containers)
      const action = pick(['ADD', 'ADD', 'OBSERVE', 'DELETE', 'DELETE'] as const)
      const inside = [...lots, ...serials, 'G0', ...containers.filter((one) => one !== parent)]
      const children = (action === 'DELETE' && random(3) === 0 ? [] : some(inside, 3)).map((thing) => ({
        thing,
        ...(!isSingle(thing) && random(4) > 0 && { quantity: 1 + random(2) }),
      }))
      events.push({ ...base, kind: 'pack', action, parent, children })
    }
  }
  const wrong = events.filter(() => random(12) === 0).map((event) => ({ ...event, declared: true as const }))
  return [...events, ...wrong]
}

/** The events in any order, over several documents, some of them sent twice. */
async function captureShuffled(seed: number, events: readonly Happening[]): Promise<void> {
  const random = randomFrom(seed + 1000)
  const list = events.map((happening) => ({ fields: eventOf(seed, happening), order: random(1_000_000) }))
  list.sort((a, b) => a.order - b.order)
  for (let i = 0; i < list.length; ) {
    const size = 1 + random(12)
    const document = list.slice(Math.max(0, i - random(3)), i + size).map(({ fields }) => fields)
    await capture(database.sql, 'factory', document)
    i += size
  }
}

/** Two boxes, one at times in the other, packed and unpacked, and used up by makings at random times. */
function packingHistory(seed: number): Happening[] {
  const random = randomFrom(seed)
  const events: Happening[] = []
  for (let i = 0; i < 14; i++) {
    const base = { id: `urn:x:${seed}-${i}`, time: random(20) }
    if (i < 4) {
      events.push({ ...base, kind: 'make', inputs: [random(2) === 0 ? 'K0' : 'K1'], outputs: [`S2.${i}`] })
      continue
    }
    const parent = random(4) === 0 ? 'K1' : 'K0'
    const inside = parent === 'K1' ? ['K0', 'L0.0'] : ['L0.0', 'L0.0', 'L1.0', 'S0.0']
    const thing = inside[random(inside.length)] as string
    const action = (['ADD', 'ADD', 'OBSERVE', 'DELETE', 'DELETE'] as const)[random(5)] ?? 'ADD'
    const quantity = thing.startsWith('L') && random(6) > 0 ? { quantity: 1 + random(2) } : {}
    const isAll = action === 'DELETE' && random(5) === 0
    events.push({ ...base, kind: 'pack', action, parent, children: isAll ? [] : [{ thing, ...quantity }] })
  }
  return events
}

async function assertSame(seed: number, events: readonly Happening[], moments: (i: number) => number | undefined) {
  await captureShuffled(seed, events)
  const things = new Set(events.flatMap(thingsOf).filter((thing) => !thing.startsWith('G')))
  const questions = [...things].map((thing, i) => ({ thing, asOf: moments(i), forward: !/^S2|^S1/.test(thing) }))
  const counts = await Promise.all(
    questions.map(async ({ thing, asOf, forward }) => {
      const direction = forward ? 'forward' : 'backward'
      const request = {
        id: identifier(seed, thing),
        direction,
        now,
        ...(asOf !== undefined && { asOf: moment(asOf) }),
      } as const
      const answer = await trace(database.sql, { all: true }, request)
      const expected = new Reference(events, asOf).reach(thing, direction)
      assert.deepEqual(
        answer.nodes.map(({ key }) => key).sort(),
        [...expected].map((one) => identifier(seed, one)).sort(),
        `seed ${seed}, ${direction} from ${thing}${asOf === undefined ? '' : ` as of ${asOf}`}`,
      )
      assert.ok(answer.edges.every((edge) => edge.events.length > 0))
      return answer.nodes.length
    }),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

test('the way of goods equals a plain reference on random histories: repacking, destruction, unlabelled mixes, loops, corrections, any order of arrival', async () => {
  let nodes = 0
  for (let seed = 1; seed <= 25; seed++) {
    nodes += await assertSame(seed, history(seed), (i) => (i % 3 === 0 ? 10 + i : undefined))
  }
  assert.ok(nodes > 300, `the histories are not trivial: ${nodes} nodes`)
})

test('containment holds only while it lasted: whole and partial unpacking, boxes in boxes, equal a plain reference', async () => {
  let nodes = 0
  for (let seed = 101; seed <= 150; seed++) nodes += await assertSame(seed, packingHistory(seed), () => undefined)
  assert.ok(nodes > 300, `the histories are not trivial: ${nodes} nodes`)
})

/** The sums of where every single thing is, each followed by itself. */
async function sumsOneByOne(scope: Scope, request: { id: string; now: Date; asOf?: Date }) {
  const gathered = await gather(database.sql, scope, { ...request, direction: 'forward' })
  const { nodes, lots, facts, holdings, walks } = gathered
  const parties = await readParties(database.sql, holdings.holders())
  return {
    items: whereabouts({ facts, holdings, parties }, nodes, lots),
    hidden: hiddenIn(walks, nodes),
    marks: gathered.marks(),
  }
}

/** Bags of two lots, packed many alike into two cases, some seen, sold or packed elsewhere alone, cases sent on, one bag mixed in without its lot. */
function shopHistory(seed: number): Fields[] {
  const random = randomFrom(seed)
  const pick = <T>(list: readonly T[]) => list[random(list.length)] as T
  const gtin = ownGtin(seed, 0)
  const bags = (name: string) => Array.from({ length: 12 }, (_, n) => serial(gtin, `B${seed}-${name}${n}`))
  const [some, more] = [bags('a'), bags('b')]
  const boxes = [0, 1].map((n) => identifier(seed, `K${n}`))
  const when = (time: number) => moment(time).toISOString()
  const made = (name: string, epcList: string[]) =>
    event('ObjectEvent', when(random(4)), {
      action: 'ADD',
      bizStep: 'commissioning',
      bizLocation: place('factory'),
      epcList,
      quantityList: [{ epcClass: lot(gtin, `B${seed}-${name}`), ...(random(2) === 0 && { quantity: 30 }) }],
    })
  const list = [made('a', some.slice(0, 8)), made('a', some.slice(8)), made('b', more)]
  const all = [...some, ...more]
  for (let i = 0; i < 10; i++) {
    const time = when(3 + random(12))
    const [where, sort] = [place(pick(['factory', 'shop'])), random(6)]
    const from = random(20)
    const few = all.slice(from, from + 1 + random(6))
    if (sort < 2) {
      const childEPCs = sort === 0 ? all.slice(from) : few
      const action = pick(['ADD', 'ADD', 'DELETE', 'OBSERVE'])
      list.push(
        event('AggregationEvent', time, {
          action,
          bizStep: 'packing',
          bizLocation: where,
          parentID: pick(boxes),
          childEPCs,
        }),
      )
    } else if (sort === 5 && i > 7) {
      const inputQuantityList = [{ epcClass: `https://id.gs1.org/01/${gtin}`, quantity: 1 }]
      const outputEPCList = [serial(ownGtin(seed, 1), `M${seed}-${i}`)]
      list.push(
        event('TransformationEvent', time, {
          bizStep: 'commissioning',
          bizLocation: where,
          inputQuantityList,
          outputEPCList,
        }),
      )
    } else {
      const bizStep = pick(['shipping', 'receiving', 'retail_selling', 'storing'])
      const epcList = random(2) === 0 ? [pick(boxes)] : few
      list.push(event('ObjectEvent', time, { action: 'OBSERVE', bizStep, bizLocation: where, epcList }))
    }
  }
  return list
}

test('who holds how much, told once for things that are alike, equals the sums of following each by itself', async () => {
  let sums = 0
  let aside = 0
  for (let seed = 201; seed <= 230; seed++) {
    const by = seed % 2 === 0 ? 'factory' : 'shop'
    const history = shopHistory(seed)
    await capture(database.sql, by, history.slice(0, 8))
    await capture(database.sql, 'factory', history.slice(8))
    for (const name of ['a', 'b'])
      for (const scope of [{ all: true }, { ownerId: owners.shop.id }] as const) {
        const asOf = seed % 3 === 0 ? { asOf: moment(9) } : {}
        const request = { id: lot(ownGtin(seed, 0), `B${seed}-${name}`), now, ...asOf }
        const expected = await sumsOneByOne(scope, request).catch(() => undefined)
        if (!expected) continue
        const { items, hidden } = await frontier(database.sql, scope, request)
        assert.deepEqual(
          { items, hidden },
          { items: expected.items, hidden: expected.hidden },
          `seed ${seed}, lot ${name}`,
        )
        // Whatever would change it for one thing is known of all of them.
        const summed = await gather(database.sql, scope, { ...request, direction: 'forward' }, 'sums')
        assert.deepEqual([...expected.marks.difference(summed.marks())], [], `seed ${seed}, lot ${name}`)
        sums += items.length
        aside += [...summed.many.values()].reduce((sum, many) => sum + many, 0)
      }
  }
  assert.ok(sums > 100 && aside > 100, `the histories are not trivial: ${sums} sums, ${aside} things told together`)
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { Failure } from '../../src/failure.ts'
import { claimEvents, type Scope, type TraceRequest, trace } from '../../src/trace/index.ts'
import { Remembered } from '../../src/trace/remembered.ts'
import { traced } from '../../src/trace/trace.ts'
import type { FreshDatabase } from '../database.ts'
import {
  at,
  capture,
  chainDatabase,
  event,
  type Fields,
  lot,
  type OwnerName,
  owners,
  pallet,
  place,
  serial,
} from './chain.ts'
import { randomFrom } from './random.ts'

const now = new Date('2026-08-01T00:00:00.000Z')
const gtins = ['06901000000103', '06901000000202', '06901000000301'] as const
const boxes = ['069010000000000011', '069010000000000028'].map(pallet)
const lots = gtins.flatMap((gtin) => ['A', 'B'].map((name) => lot(gtin, name)))
const serials = gtins.flatMap((gtin) => ['1', '2', '3'].map((name) => serial(gtin, name)))
const classes = gtins.map((gtin) => `https://id.gs1.org/01/${gtin}`)
const scopes: readonly Scope[] = [
  { all: true },
  { city: '450200' },
  { county: '450203' },
  { ownerId: owners.factory.id },
  { ownerId: owners.shop.id },
]

let database: FreshDatabase
let memory: Remembered
let made = 0
let asked = 0

before(async () => {
  database = await chainDatabase()
  memory = new Remembered(database.sql)
})

after(() => database.close())

const remembered = async (scope: Scope, request: TraceRequest) => {
  const told = await memory.answer(JSON.stringify([scope, request]), request.asOf ?? now, () => {
    made++
    return traced(database.sql, scope, request)
  })
  const text = String(await told.json())
  if (told.gzip) assert.equal(String(gunzipSync(told.gzip())), text)
  await memory.settled()
  return text
}

/** What is remembered and what is answered anew are the same, to the letter, or both are refused. */
async function assertSame(scope: Scope, request: TraceRequest, what: string): Promise<void> {
  asked++
  const refused = (error: unknown) => {
    if (error instanceof Failure && error.status === 404) return 'refused'
    throw error
  }
  const [kept, fresh] = [
    await remembered(scope, request).then(JSON.parse).catch(refused),
    await trace(database.sql, scope, request).catch(refused),
  ]
  assert.deepEqual(kept, fresh, `${what}: ${JSON.stringify([scope, request])}`)
}

let number = 0
const happened: { owner: OwnerName; fields: Fields }[] = []

/** One random happening: goods made (also by several events together), named, packed, taken out, moved, or an error declared. */
function happening(random: (below: number) => number): { owner: OwnerName; fields: Fields } {
  const pick = <T>(list: readonly T[]) => list[random(list.length)] as T
  const owner = pick(['factory', 'warehouse', 'shop'] as const)
  const base = { eventID: `urn:x:remembered:${++number}`, bizLocation: place(owner) }
  const time = at(1 + random(20), random(24))
  const some = (list: readonly string[]) => [...new Set([pick(list), pick(list)])]
  const counted = (list: readonly string[]) => some(list).map((epcClass) => ({ epcClass, quantity: 1 + random(5) }))
  const sort = random(9)
  const fields = () => {
    if (sort < 2)
      return event('TransformationEvent', time, {
        ...base,
        ...(random(3) === 0 && { transformationID: `urn:x:act:${random(3)}` }),
        ...(random(4) > 0 && { inputQuantityList: counted([...lots, ...classes]) }),
        outputEPCList: some(serials),
        ...(random(2) === 0 && { ilmd: { 'cbvmda:lotNumber': pick(['A', 'B']), 'ex:productName': `粉${random(3)}` } }),
      })
    if (sort === 2)
      return event('ObjectEvent', time, {
        ...base,
        action: 'ADD',
        bizStep: 'commissioning',
        epcList: some(serials),
        ilmd: { 'cbvmda:lotNumber': pick(['A', 'B']), 'ex:productName': `粉${random(3)}` },
      })
    if (sort < 6)
      return event('AggregationEvent', time, {
        ...base,
        action: pick(['ADD', 'ADD', 'DELETE']),
        parentID: pick(boxes),
        childEPCs: random(5) === 0 ? boxes.slice(0, 1) : some(serials),
      })
    const earlier = happened.length > 0 ? pick(happened) : undefined
    if (sort === 6 && earlier && earlier.fields.errorDeclaration === undefined)
      return { ...earlier.fields, errorDeclaration: { declarationTime: at(25) } }
    return event('ObjectEvent', time, {
      ...base,
      action: 'OBSERVE',
      bizStep: pick(['shipping', 'receiving', 'storing']),
      epcList: some([...serials, ...boxes]),
      ...(random(2) === 0 && { quantityList: counted(lots) }),
    })
  }
  const told = { owner, fields: fields() as Fields }
  // Repeated by somebody else it is the same happening, and hers no more than before.
  happened.push(told)
  return told
}

test('a remembered answer is the one that would be made now, after any capture, correction or new owner, for every reader', async () => {
  const random = randomFrom(7)
  const pick = <T>(list: readonly T[]) => list[random(list.length)] as T
  const questions = Array.from({ length: 16 }, (): [Scope, TraceRequest] => [
    pick(scopes),
    {
      id: pick([...lots, ...serials, ...boxes, ...classes]),
      direction: pick(['backward', 'forward', 'both'] as const),
      now,
      ...(random(4) === 0 && { asOf: new Date(at(12)) }),
    },
  ])
  for (let round = 0; round < 34; round++) {
    const { owner, fields } = happening(random)
    await capture(database.sql, owner, [fields]).catch((error) => {
      // An event that two tell otherwise is refused, which changes nothing.
      if (!(error instanceof Failure && error.status === 409)) throw error
    })
    for (const [scope, request] of questions) await assertSame(scope, request, `after ${JSON.stringify(fields)}`)
  }
  assert.ok(made < asked * 0.8, `of ${asked} answers ${made} were made anew`)
})

test('an owner that is filed or renamed later is in every answer from then on', async () => {
  const gln = '6901000000066'
  const id = serial(gtins[0], '1')
  const request = { id, direction: 'both', now } as const
  await capture(database.sql, 'factory', [
    event('ObjectEvent', at(22), {
      eventID: 'urn:x:to-the-late',
      action: 'OBSERVE',
      bizStep: 'receiving',
      bizLocation: { id: `https://id.gs1.org/414/${gln}` },
      epcList: [id],
    }),
  ])
  const late = { ownerId: '00000000-0000-7000-8000-000000000006' }
  for (const scope of [{ all: true } as const, late]) await assertSame(scope, request, 'before the owner is filed')
  await database.sql`insert into owner (id, title, region, gln) values (${late.ownerId}, '后来的店', '450204', ${gln})`
  await claimEvents(database.sql)
  for (const scope of [{ all: true } as const, late]) await assertSame(scope, request, 'after the owner is filed')
  await database.sql`update owner set title = '改名的店' where id = ${late.ownerId}`
  for (const scope of [{ all: true } as const, late]) await assertSame(scope, request, 'after the owner is renamed')
  assert.match(await remembered(late, request), /改名的店/)
})

test('what commits while an answer is made, or long after it began, is not passed over', async () => {
  const id = serial(gtins[1], 'LATE')
  const request = { id, direction: 'both', now } as const
  const seen = (time: string, name: string) =>
    event('ObjectEvent', time, {
      eventID: `urn:x:late:${name}`,
      action: 'OBSERVE',
      bizStep: 'storing',
      bizLocation: place('factory'),
      epcList: [id],
    })
  await capture(database.sql, 'factory', [seen(at(1), 'first')])
  // Begins first, commits last: its number is smaller than those that are seen before it.
  let begun = () => {}
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve
  })
  let commit = () => {}
  const mayCommit = new Promise<void>((resolve) => {
    commit = resolve
  })
  const slow = database.sql.begin(async (tx) => {
    await capture(tx as unknown as typeof database.sql, 'factory', [seen(at(5), 'slow')])
    begun()
    await mayCommit
  })
  await hasBegun
  await capture(database.sql, 'factory', [seen(at(3), 'quick')])
  await assertSame({ all: true }, request, 'while another capture is open')
  let during: Promise<unknown> | undefined
  const name = 'made while it changed'
  const first = await memory.answer(name, now, async () => {
    const answer = await traced(database.sql, { all: true }, request)
    commit()
    during = slow
    await slow
    return answer
  })
  await during
  assert.doesNotMatch(String(await first.json()), /07-05T/)
  await memory.settled()
  const second = await memory.answer(name, now, () => traced(database.sql, { all: true }, request))
  assert.match(String(await second.json()), /07-05T/)
  await assertSame({ all: true }, request, 'after the slow one has committed')
})

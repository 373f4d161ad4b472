import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import type { ISql } from 'postgres'

import { liftHold, noteBreaches, placeHold, requireFree } from '../../src/trace/index.ts'
import { eventually } from '../eventually.ts'
import { call, type Person } from '../people.ts'
import type { TestServer } from '../server.ts'
import { at, documentOf, event, type Fields, lot, pallet } from '../trace/chain.ts'

const bag = '06901000000301'
const packed = lot(bag, 'PK1')

/** The chain of recall.test.ts, with a recall of the mill's flour that holds what was packed of it. */
type Scene = {
  server: TestServer
  city: Person
  county: Person
  mill: Person
  factory: Person
  shop: Person
  place(who: Person): Fields
  towards(who: Person): Fields
  run<T>(who: Person, name: string, fields: Fields): Promise<{ status: number; body: T }>
  watch(now: Date): Promise<void>
  order: string
}
const soon = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()

type Progress = { attempts: { who: string; times: number }[]; breaches: unknown[] }
type Told = {
  captureID: string
  success: boolean
  stored: number
  problems: { code: string; text: string; at: string }[]
}

/** Held goods cannot ship, by any way; they may go back and be destroyed. */
export function testHeld(scene: () => Scene): void {
  const moved = (bizStep: string, who: Person, fields: Fields, seconds = 60) =>
    event('ObjectEvent', soon(seconds), { action: 'OBSERVE', bizStep, bizLocation: scene().place(who), ...fields })
  const some = (epcClass: string) => ({ quantityList: [{ epcClass, quantity: 1 }] })
  const send = async (who: Person, events: Fields[], behaviour = 'rollback'): Promise<Told> => {
    const { status, body } = await call<Told>(
      scene().server.url,
      who.token,
      'POST',
      '/epcis/capture',
      documentOf(events),
      {
        'gs1-capture-error-behaviour': behaviour,
      },
    )
    assert.equal(status, 202, JSON.stringify(body))
    return body
  }
  const pallets = ['0', '1', '2'].map((n) => pallet(`06901000000000${n}00${n}`))

  test('[B7.2] held goods cannot ship: loose, within a pallet, or in what was made of them; the refusal names the hold and whom to ask, and is told to whoever ordered it', async () => {
    const { server, city, factory, shop, place, run, watch, order } = scene()
    const [loose] = (await send(shop, [moved('retail_selling', shop, some(packed))])).problems
    assert.deepEqual([loose?.code, loose?.at], ['goods-held', '/epcisBody/eventList/0'])
    assert.match(loose?.text ?? '', /PK1 已被封存（原料检出不合格），不能发货.*有疑问请联系/)
    for (const step of ['shipping', 'loading', 'departing', 'consigning', 'dispensing'])
      assert.equal((await send(shop, [moved(step, shop, some(packed))])).success, false, step)
    // Packed by one document and shipped by the next; packed and shipped by one; a pallet on a pallet.
    const packing = (parentID: string, fields: Fields, seconds: number) =>
      event('AggregationEvent', soon(seconds), {
        action: 'ADD',
        bizStep: 'packing',
        bizLocation: place(shop),
        parentID,
        ...fields,
      })
    const [inner = '', outer = '', other = ''] = pallets
    const children = { childQuantityList: [{ epcClass: packed, quantity: 2 }] }
    assert.equal((await send(shop, [packing(inner, children, 10)])).success, true, 'packing hands nothing on')
    assert.equal((await send(shop, [moved('shipping', shop, { epcList: [inner] })])).success, false)
    const both = [packing(outer, { childEPCs: [inner] }, 20), moved('shipping', shop, { epcList: [outer] })]
    const { problems } = await send(shop, both)
    assert.deepEqual(
      problems.map(({ at }) => at),
      ['/epcisBody/eventList/1'],
    )
    assert.equal((await server.sql`select from trace_key where key = ${outer}`).length, 0, 'all or nothing')
    // What is good of it is stored where the client says so.
    const free = moved('retail_selling', shop, some(lot(bag, 'OTHER')))
    const part = await send(
      shop,
      [moved('shipping', shop, some(packed)), free, packing(other, children, 20)],
      'proceed',
    )
    assert.deepEqual([part.success, part.stored, part.problems.length], [false, 2, 1])
    // Made of held goods after the hold.
    const made = event('TransformationEvent', soon(10), {
      bizLocation: place(factory),
      inputQuantityList: [{ epcClass: packed, quantity: 1 }],
      outputQuantityList: [{ epcClass: lot(bag, 'MIX'), quantity: 1 }],
    })
    assert.equal((await send(factory, [made])).success, true)
    assert.equal((await send(factory, [moved('shipping', factory, some(lot(bag, 'MIX')))])).success, false)
    const one = await shop.call<{ code: string }>('POST', '/epcis/events', {
      '@context': documentOf([])['@context'],
      ...moved('shipping', shop, some(packed)),
    })
    assert.deepEqual([one.status, one.body.code], [409, 'goods-held'])

    await watch(new Date())
    await watch(new Date())
    const told = await server.sql<{ detail: string }[]>`select detail from notice where title like '封存货物要被发出%'`
    assert.equal(
      told.filter(({ detail }) => detail.startsWith('示例便利店')).length,
      1,
      'told once for each lot and party',
    )
    const { body } = await run<Progress>(city, 'recall-progress', { order })
    assert.ok((body.attempts.find(({ who }) => who === '示例便利店')?.times ?? 0) > 5)
    assert.equal(body.breaches.length, 1, 'none of it was stored')
  })

  test('held goods may go back and be destroyed: to the recaller, the way they came, to who destroys them; returns are packed apart', async () => {
    const { city, mill, factory, shop, place, towards, run, order: id } = scene()
    const back = (who: Person, to: Person) => [moved('shipping', who, { ...some(packed), ...towards(to) })]
    assert.equal((await send(shop, back(shop, mill))).success, true, 'the mill recalls what it made')
    assert.equal((await send(shop, back(shop, factory))).success, true, 'the factory had sent it')
    assert.equal((await send(factory, back(factory, shop))).success, false, 'the shop had not')
    const destroyed = event('ObjectEvent', soon(60), {
      action: 'DELETE',
      bizStep: 'destroying',
      bizLocation: place(shop),
      ...some(packed),
    })
    assert.equal((await send(shop, [destroyed])).success, true)
    assert.equal(
      (await send(shop, [moved('transporting', shop, some(packed))])).success,
      true,
      'what is under way is told',
    )
    assert.equal(
      (
        await send(shop, [
          event('ObjectEvent', at(8, 12), {
            action: 'OBSERVE',
            bizStep: 'retail_selling',
            bizLocation: place(shop),
            ...some(packed),
          }),
        ])
      ).success,
      true,
      'what happened before the hold is so',
    )
    const order = await city.call('GET', `/api/v1/records/recall-order/${id}`)
    const change = await city.call('PATCH', `/api/v1/records/recall-order/${id}`, {
      version: order.body.version,
      disposer: shop.ownerId,
    })
    assert.equal(change.status, 200, JSON.stringify(change.body))
    await eventually(async () => (await send(factory, back(factory, shop))).success, 'the order says who destroys')

    const scanned = `https://id.gs1.org/01/${bag}/10/PK1/21/K1`
    assert.equal(
      (
        await send(factory, [
          event('ObjectEvent', soon(1), {
            action: 'OBSERVE',
            bizStep: 'stocking',
            bizLocation: place(factory),
            epcList: [scanned],
          }),
        ])
      ).success,
      true,
    )
    const pack = (act: string, children = scanned) =>
      run<{ code: string; problems: { at: string }[] }>(factory, 'pack-codes', {
        act,
        parent: pallets[1],
        children,
      })
    const refused = await pack('pack')
    assert.deepEqual(
      [refused.status, refused.body.code, refused.body.problems[0]?.at],
      [409, 'goods-held', '/children'],
    )
    assert.equal((await pack('return')).status, 200)
    const added = await pack('pack', `https://id.gs1.org/01/${bag}/21/FREE1`)
    assert.deepEqual([added.status, added.body.problems[0]?.at], [409, '/parent'], 'the case is what holds some')
    // Known by its code alone: no event has named this bag and its lot together.
    const issued = await run<{ serials: string[] }>(factory, 'issue-codes', { gtin: bag, lot: 'PK1', quantity: 1 })
    assert.equal(issued.status, 200, JSON.stringify(issued.body))
    assert.equal((await pack('pack', `(01)${bag}(21)${issued.body.serials[0]}`)).status, 409)
  })

  test('a hold that is being placed while another on the same goods ends is looked for', async () => {
    const { server, shop } = scene()
    const goods = lot(bag, 'BOTH')
    assert.equal((await send(shop, [moved('stocking', shop, some(goods))])).success, true)
    const held = {
      ownerId: shop.ownerId,
      region: '450200',
      title: '示例',
      keys: [goods],
      since: new Date(),
      returnTo: [],
    }
    const place = (tx: ISql, orderId: string) => placeHold(tx, { orderId, ...held })
    const [first, second] = [randomUUID(), randomUUID()]
    const lift = (order: string) => server.sql.begin((tx) => liftHold(tx, order, new Date()))
    await server.sql.begin((tx) => place(tx, first))
    let [isOver, ending] = [false, Promise.resolve()]
    await server.sql.begin(async (tx) => {
      await place(tx, second)
      ending = lift(first).finally(() => {
        isOver = true
      })
      await eventually(async () => isOver || (await server.sql`select from pg_locks where not granted`).length > 0)
    })
    await ending
    const reached = await server.sql`select from hold_reach r join trace_key k on k.id = r.key where k.key = ${goods}`
    await lift(second)
    assert.equal(reached.length, 1)
  })

  test('what was dispatched before its packing was recorded is told and cannot move again, by a step that the city added, too; what is too much to look through does not pass unsaid', async () => {
    const { server, shop, place } = scene()
    const { sql } = server
    const goods = lot(bag, 'RACE')
    const box = pallet('069010000000009009')
    assert.equal((await send(shop, [moved('stocking', shop, some(goods))])).success, true)
    const packing = event('AggregationEvent', soon(1), {
      action: 'ADD',
      bizStep: 'packing',
      bizLocation: place(shop),
      parentID: box,
      childQuantityList: [{ epcClass: goods, quantity: 1 }],
    })
    const orderId = randomUUID()
    const held = {
      orderId,
      ownerId: scene().city.ownerId,
      region: '450200',
      title: '示例',
      keys: [goods],
      since: new Date(),
    }
    await sql.begin((tx) => placeHold(tx, { ...held, returnTo: [] }))
    const reached = async () =>
      (await sql`select from hold_reach r join trace_key k on k.id = r.key where k.key = ${box}`).length
    await sql`insert into rule (name, valid_from, value, unit, article, mark, note)
      values ('hold.step.storing', '1900-01-01', 1, 'C62', '示例', 'P', '示例')`
    const move = (step: string) => send(shop, [moved(step, shop, { epcList: [box] }, 60 + Math.random())])
    const breaches = () =>
      sql`select k.key from hold_breach b join trace_key k on k.id = b.key where b.order_id = ${orderId}`
    try {
      assert.equal((await move('storing')).success, true, 'it slips by')
      // The application looks by the clock: it has seen the movement and thought nothing of it.
      await eventually(async () => (await sql`select from hold_watch`).length === 0, 'it has looked')
      assert.equal((await breaches()).length, 0)
      assert.equal((await send(shop, [packing])).success, true)
      assert.equal(await reached(), 1, 'its case is in reach')
      await eventually(async () => (await breaches()).length > 0, 'it looks again')
      assert.deepEqual([...(await breaches())], [{ key: goods }])
      for (const step of ['storing', 'shipping']) assert.equal((await move(step)).success, false, step)
      const doubtful = await sql.begin(async (tx) => {
        await tx`lock table hold_watch in exclusive mode`
        await tx`insert into hold_watch (event)
          select b.event from hold_breach b where b.order_id = ${orderId} on conflict do nothing`
        return noteBreaches(tx, new Date(), 1)
      })
      assert.deepEqual(
        doubtful.filter((one) => one.orderId === orderId).map(({ key, isSure }) => [key, isSure]),
        [[goods, false]],
      )
      assert.equal((await breaches()).length, 1, 'what may be one is not counted')
      const mover = { ownerId: shop.ownerId, bizStep: 'shipping', at: '/parent', now: new Date(soon(60)), most: 1 }
      await assert.rejects(requireFree(sql, mover, [box]), /无法逐一核对/)
      // Whoever is refused is told so, also where it cannot be kept who tried.
      const unkept = `(order_id <> '${orderId}' or told_at is not null)`
      await sql.unsafe(`alter table hold_refused add constraint unkept check ${unkept} not valid`)
      await sql`delete from hold_refused where order_id = ${orderId}`
      try {
        for (const behaviour of ['rollback', 'proceed']) {
          const { problems } = await send(shop, [moved('shipping', shop, { epcList: [box] })], behaviour)
          assert.deepEqual(
            problems.map(({ code }) => code),
            ['goods-held'],
            behaviour,
          )
        }
      } finally {
        await sql`alter table hold_refused drop constraint unkept`
      }
    } finally {
      await sql.begin((tx) => liftHold(tx, orderId, new Date()))
    }
  })
}

/** Voids the city's recall and the county's: the holds end, and what was refused under them can be replayed. */
export async function released({ server, city, county, factory, shop, place }: Scene, orders: string[]): Promise<void> {
  for (const [n, who] of [city, county].entries()) {
    const order = await who.call('GET', `/api/v1/records/recall-order/${orders[n]}`)
    const voided = await who.call('POST', `/api/v1/records/recall-order/${orders[n]}/void`, {
      version: order.body.version,
      reason: '录错批次',
    })
    assert.equal(voided.status, 200, JSON.stringify(voided.body))
  }
  await eventually(
    async () => (await server.sql`select from trace_hold where lifted_at is null`).length === 0,
    'the holds end',
  )
  assert.equal((await server.sql`select from hold_reach`).length, 0, 'nothing is looked at any more')
  const refused = await shop.call<{ items: { id: string; reason: { code: string } }[] }>('GET', '/api/v1/quarantine')
  const waiting = refused.body.items.filter(({ reason }) => reason.code === 'goods-held').map(({ id }) => id)
  assert.ok(waiting.length > 0)
  const again = await shop.call<{ refused: number; items: unknown[] }>('POST', '/api/v1/quarantine/replay', {
    ids: waiting,
  })
  assert.deepEqual([again.status, again.body.refused], [200, 0], JSON.stringify(again.body.items))
  const shipping = { action: 'OBSERVE', bizStep: 'shipping', bizLocation: place(factory) }
  const { body } = await factory.call<Told>(
    'POST',
    '/epcis/capture',
    documentOf([event('ObjectEvent', soon(60), { ...shipping, quantityList: [{ epcClass: packed, quantity: 1 }] })]),
  )
  assert.deepEqual([body.success, body.stored], [true, 1], 'goods move again')
}

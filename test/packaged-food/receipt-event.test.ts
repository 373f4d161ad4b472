import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openTown, type Town } from '../people.ts'

type Receipt = { id: string; version: number; eventId: string; problems?: { at: string }[] }
type Trace = { nodes?: unknown[] }
type Found = { epcisBody?: { queryResults?: { resultsBody?: { eventList?: Record<string, unknown>[] } } } }

let town: Town

before(async () => {
  town = await openTown()
})
after(() => town.server.close())

const path = '/api/v1/records/material-receipt'
const line = (lot: string, kilograms: string) => ({
  name: '干米粉',
  gtin: '06901234567892',
  lot,
  quantity: { value: kilograms, unit: 'KGM' },
  producedOn: '2026-11-01',
  shelfLifeDays: 180,
  conformity: 'passed',
})

async function received(lot: string, more: object = {}): Promise<Receipt> {
  const { status, body } = await town.factory.call<Receipt>('POST', path, {
    receivedAt: '2026-11-20T01:30:00Z',
    supplier: town.neighbour.ownerId,
    lots: [line(lot, '25')],
    receiver: '示例验收员',
    ...more,
  })
  assert.equal(status, 201, JSON.stringify(body))
  return body
}

const eventsOf = async (eventId: string) => {
  const { body } = await town.factory.call<Found>('GET', `/epcis/events/${encodeURIComponent(eventId)}`)
  return body.epcisBody?.queryResults?.resultsBody?.eventList ?? [body as Record<string, unknown>]
}

/** What the trace says of a lot: the amounts that its readers are told, or nothing where nothing happened to it. */
async function told(lot: string): Promise<string> {
  const id = encodeURIComponent(`https://id.gs1.org/01/06901234567892/10/${lot}`)
  const { status, body } = await town.county.call<Trace>('GET', `/api/v1/trace?direction=forward&id=${id}`)
  return status === 200 ? JSON.stringify(body) : String(status)
}

test('[E5.2.2.a] a receipt that was voided takes its event along: it is declared not to have happened, and the trace follows', async () => {
  const receipt = await received('VOID1')
  assert.match(await told('VOID1'), /25/)
  const voided = await town.factory.call('POST', `${path}/${receipt.id}/void`, { version: 1, reason: '登记重复' })
  assert.equal(voided.status, 200, JSON.stringify(voided.body))
  const events = await eventsOf(receipt.eventId)
  assert.equal(events.length, 2, 'the event stays to be read, with its declaration')
  const declaration = events.find((event) => event.errorDeclaration)?.errorDeclaration as { reason: string }
  assert.match(declaration.reason, /did_not_occur/)
  assert.doesNotMatch(await told('VOID1'), /"25/)
})

test('a change of what arrived corrects the event; a change of a remark leaves it', async () => {
  const receipt = await received('CHANGE1')
  const change = (body: object) => town.factory.call<Receipt>('PATCH', `${path}/${receipt.id}`, body)
  const remarked = await change({ version: 1, remark: '外包装略湿' })
  assert.deepEqual([remarked.status, remarked.body.eventId], [200, receipt.eventId])
  assert.equal((await eventsOf(receipt.eventId)).length, 1)
  const same = await change({ version: 2, lots: [line('CHANGE1', '25')] })
  assert.equal(same.body.eventId, receipt.eventId)
  const corrected = await change({ version: 3, lots: [line('CHANGE2', '30')] })
  assert.equal(corrected.status, 200, JSON.stringify(corrected.body))
  assert.notEqual(corrected.body.eventId, receipt.eventId)
  const wrong = (await eventsOf(receipt.eventId)).find((event) => event.errorDeclaration)
  const { correctiveEventIDs } = (wrong?.errorDeclaration ?? {}) as { correctiveEventIDs?: string[] }
  assert.deepEqual(correctiveEventIDs, [corrected.body.eventId])
  assert.match(await told('CHANGE2'), /30/)
  assert.doesNotMatch(await told('CHANGE1'), /"25/)
  const again = await change({ version: 4, receivedAt: '2026-11-20T02:30:00Z' })
  assert.equal(again.status, 200, JSON.stringify(again.body))
  assert.equal((await eventsOf(corrected.body.eventId)).length, 2, 'what was corrected may be wrong too')
})

test('a change whose event is refused changes nothing, and a stale one declares nothing', async () => {
  const receipt = await received('STAY1')
  const bad = { ...line('STAY1', '25'), gtin: '06901234567893' }
  const refused = await town.factory.call<Receipt>('PATCH', `${path}/${receipt.id}`, { version: 1, lots: [bad] })
  assert.equal(refused.status, 422)
  assert.equal((await town.factory.call<Receipt>('GET', `${path}/${receipt.id}`)).body.version, 1)
  const stale = await town.factory.call('PATCH', `${path}/${receipt.id}`, { version: 7, lots: [line('STAY1', '26')] })
  assert.equal(stale.status, 409)
  const foreign = await town.neighbour.call('PATCH', `${path}/${receipt.id}`, {
    version: 1,
    lots: [line('STAY1', '1')],
  })
  assert.equal(foreign.status, 404)
  assert.equal((await eventsOf(receipt.eventId)).length, 1)
  assert.match(await told('STAY1'), /25/)
})

test('a duplicate receipt that is merged into another takes its event along', async () => {
  const [stays, goes] = [await received('MERGE1'), await received('MERGE2')]
  const merged = await town.factory.call('POST', `${path}/${goes.id}/merge`, {
    version: 1,
    reason: '重复登记',
    into: stays.id,
  })
  assert.equal(merged.status, 200, JSON.stringify(merged.body))
  assert.equal((await eventsOf(goes.eventId)).length, 2)
  assert.equal((await eventsOf(stays.eventId)).length, 1)
})

test('two deliveries alike in everything are two receipts and two events, told apart by their papers', async () => {
  const [first, second] = [await received('TWICE1'), await received('TWICE1')]
  assert.equal((await eventsOf(second.eventId)).length, 1)
  assert.equal((await eventsOf(second.eventId))[0]?.eventID, second.eventId)
  assert.match(await told('TWICE1'), /"50"/, 'both count')
  const voided = await town.factory.call('POST', `${path}/${second.id}/void`, { version: 1, reason: '登记重复' })
  assert.equal(voided.status, 200, JSON.stringify(voided.body))
  assert.equal((await eventsOf(first.eventId)).length, 1, 'the other stays')
  assert.match(await told('TWICE1'), /"25"/)
})

test('a correction that is taken back counts again', async () => {
  const receipt = await received('BACK1')
  const change = (version: number, kilograms: string) =>
    town.factory.call<Receipt>('PATCH', `${path}/${receipt.id}`, { version, lots: [line('BACK1', kilograms)] })
  assert.equal((await change(1, '26')).status, 200)
  const { body } = await change(2, '25')
  assert.notEqual(body.eventId, receipt.eventId)
  assert.equal((await eventsOf(body.eventId)).length, 1)
  assert.match(await told('BACK1'), /"25"/)
  assert.doesNotMatch(await told('BACK1'), /"26"/)
})

test('the event names the delivery note under the supplier’s number, and follows its correction', async () => {
  const receipt = await received('NOTE1', { deliveryNote: '送-17' })
  const note = async (eventId: string) => {
    const [event] = (await eventsOf(eventId)) as { bizTransactionList?: { type: string; bizTransaction: string }[] }[]
    return event?.bizTransactionList?.find(({ type }) => type === 'desadv')?.bizTransaction ?? ''
  }
  assert.match(await note(receipt.eventId), /^urn:epcglobal:cbv:bt:\d{13}:%E9%80%81-17$/)
  const { body } = await town.factory.call<Receipt>('PATCH', `${path}/${receipt.id}`, {
    version: 1,
    deliveryNote: '送-18',
  })
  assert.match(await note(body.eventId), /:%E9%80%81-18$/)
})

test('receipts that come together are written and captured together, and wrong ones refuse only themselves', async () => {
  const item = (lot: string, more: object = {}) => ({
    receivedAt: '2026-11-20T02:30:00Z',
    supplier: town.neighbour.ownerId,
    lots: [line(lot, '25')],
    receiver: '示例验收员',
    ...more,
  })
  const arrivals = async () =>
    Number((await town.server.sql<{ n: number }[]>`select count(*)::int as n from event_arrival`)[0]?.n)
  const batch = async (items: object[]) => {
    const { body } = await town.factory.call<{ items: { status: number }[] }>('POST', `${path}/batch`, { items })
    return body.items.map(({ status }) => status)
  }
  const before = await arrivals()
  assert.deepEqual(await batch([item('B1'), item('B2'), item('B3')]), [201, 201, 201])
  assert.equal((await arrivals()) - before, 1, 'three receipts, one capture')
  assert.match(await told('B2'), /25/)
  assert.deepEqual(await batch([item('B4'), item('B5', { receiver: undefined }), item('B6')]), [201, 422, 201])
  assert.match(await told('B6'), /25/)
})

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

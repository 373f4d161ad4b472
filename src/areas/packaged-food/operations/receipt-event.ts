import { invalid } from '../../../failure.ts'
import type { RecordOf } from '../../../language/index.ts'
import type { Work } from '../../../platform/operation.ts'
import { inTurns } from '../../../platform/turns.ts'
import { type ParsedEvent, parseDocument } from '../../../standards/epcis/index.ts'
import { gtin14 } from '../../../standards/gs1/index.ts'
import { append, eventsById } from '../../../trace/index.ts'
import type { materialReceipt } from '../records/material-receipt.ts'

export type Receipt = RecordOf<typeof materialReceipt>
type Places = { receiver?: string | null; supplier?: string | null }
type Party = { gln: string | null; region: string }

const context = 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld'
const place = (gln: string) => `https://id.gs1.org/414/${gln}`

/**
 * The papers of a receipt: the record itself, so that two deliveries of one lot in one second are two events, and the
 * supplier's delivery note under the supplier's number (CBV 2.0, 8.5).
 */
function papers(receipt: Receipt, supplier: string | null | undefined): Record<string, string>[] {
  const record = { type: 'recadv', bizTransaction: `urn:uuid:${receipt.id}` }
  if (!supplier || !receipt.deliveryNote) return [record]
  const note = encodeURIComponent(receipt.deliveryNote)
  return [record, { type: 'desadv', bizTransaction: `urn:epcglobal:cbv:bt:${supplier}:${note}` }]
}

/** The record's id makes its first event's: a retried save is the same event. */
export const eventIdOf = (id: string) => ({ eventId: `urn:uuid:${id}` })

/** The owners and suppliers of some receipts, by id. */
async function partiesOf(work: Work, receipts: readonly Receipt[]): Promise<Map<string, Party>> {
  const ids = [...new Set(receipts.flatMap(({ ownerId, supplier }) => [ownerId, supplier]))]
  const rows = await work.sql<(Party & { id: string })[]>`
    select id, gln, region from owner where id = any(${ids}::uuid[])`
  return new Map(rows.map((row) => [row.id, row]))
}

/** The physical fact of a receipt: an EPCIS event, and only that. The record keeps what is legal and commercial. */
function receivingEvent(receipt: Receipt, places: Places): Record<string, unknown> {
  const party = (gln: string, type: string, name: 'source' | 'destination') => [{ type, [name]: place(gln) }]
  return {
    '@context': context,
    type: 'ObjectEvent',
    eventID: receipt.eventId,
    eventTime: receipt.receivedAt,
    eventTimeZoneOffset: '+08:00',
    action: 'OBSERVE',
    bizStep: 'receiving',
    disposition: receipt.lots.every((lot) => lot.conformity === 'passed') ? 'in_progress' : 'non_sellable_other',
    bizTransactionList: papers(receipt, places.supplier),
    quantityList: receipt.lots.map((lot) => ({
      epcClass: `https://id.gs1.org/01/${lot.gtin.padStart(14, '0')}/10/${encodeURIComponent(lot.lot)}`,
      quantity: Number(lot.quantity.value),
      // EPCIS counts pieces without a unit: one written as EA would never meet the same pieces counted elsewhere.
      ...(lot.quantity.unit === 'EA' ? {} : { uom: lot.quantity.unit }),
    })),
    ...(places.receiver
      ? {
          readPoint: { id: place(places.receiver) },
          bizLocation: { id: place(places.receiver) },
          destinationList: party(places.receiver, 'possessing_party', 'destination'),
        }
      : {}),
    ...(places.supplier ? { sourceList: party(places.supplier, 'possessing_party', 'source') } : {}),
  }
}

function parsed(event: Record<string, unknown>): ParsedEvent {
  const result = parseDocument(event)
  if (!result.ok) throw invalid(result.problems.map((problem) => ({ ...problem, at: '/lots' })))
  return result.document.events[0] as ParsedEvent
}

/** Captures the receiving events of receipts just written. */
export async function captureReceipts(work: Work, receipts: readonly Receipt[]): Promise<void> {
  const parties = await partiesOf(work, receipts)
  for (const [ownerId, own] of Map.groupBy(receipts, (receipt) => receipt.ownerId)) {
    const events = await inTurns(own, (receipt) => {
      const wrong = receipt.lots.findIndex((lot) => !gtin14(lot.gtin).ok)
      if (wrong >= 0) throw invalid([{ code: 'wrong-code', text: '商品条码校验位不对', at: `/lots/${wrong}/gtin` }])
      const places = { receiver: parties.get(ownerId)?.gln, supplier: parties.get(receipt.supplier)?.gln }
      return parsed(receivingEvent(receipt, places))
    })
    const region = parties.get(ownerId)?.region ?? work.actor.region
    await append(work.sql, { ownerId, region }, events, { context, recordTime: work.now, at: '/lots' })
  }
}

/**
 * Declares the event of a receipt an error (EPCIS 2.0, 7.4.1.2): the event stays to be read, and nothing follows from it
 * any more. `corrective` is the id of the event that says how it really was; without one it did not happen.
 */
export async function declareError(work: Work, receipt: Receipt, corrective?: string): Promise<void> {
  const { events, contexts } = await eventsById(work.sql, { ownerId: receipt.ownerId }, receipt.eventId ?? '')
  const [original] = events
  if (!original) return
  const event = {
    '@context': contexts.get(original.contextId) ?? context,
    ...(JSON.parse(original.document) as Record<string, unknown>),
    errorDeclaration: {
      declarationTime: work.now.toISOString(),
      reason: corrective ? 'incorrect_data' : 'did_not_occur',
      ...(corrective ? { correctiveEventIDs: [corrective] } : {}),
    },
  }
  const parties = await partiesOf(work, [receipt])
  const capturer = { ownerId: receipt.ownerId, region: parties.get(receipt.ownerId)?.region ?? work.actor.region }
  await append(work.sql, capturer, [parsed(event)], { context: event['@context'], recordTime: work.now, at: '' })
}

import { type Ilmd, SHISU, writeIlmd } from '../src/trace/ilmd.ts'
import { placeId, unitId } from './ids.ts'

type Json = Record<string, unknown>
export type Amount = { epcClass: string; quantity: number; uom?: string }

/** When and where something happened. `at` is milliseconds since 1970. */
export type Scene = { at: number; gln: string; step: string; disposition?: string }

const when = (scene: Scene): Json => ({
  eventTime: new Date(scene.at).toISOString(),
  eventTimeZoneOffset: '+08:00',
  bizStep: scene.step,
  ...(scene.disposition ? { disposition: scene.disposition } : {}),
  readPoint: { id: placeId(scene.gln) },
  bizLocation: { id: placeId(scene.gln) },
})

export type Things = { epcs?: string[]; amounts?: Amount[] }

const list = (name: string, values: unknown[] | undefined): Json => (values?.length ? { [name]: values } : {})

/** Something new exists. */
export function made(scene: Scene, things: Things, ilmd: Ilmd): Json {
  return {
    type: 'ObjectEvent',
    action: 'ADD',
    ...when(scene),
    ...list('epcList', things.epcs),
    ...list('quantityList', things.amounts),
    ilmd: writeIlmd(ilmd),
  }
}

/** Something was seen, tested, stored, put on a shelf. */
export function seen(scene: Scene, things: Things, extra: Json = {}): Json {
  return {
    type: 'ObjectEvent',
    action: 'OBSERVE',
    ...when(scene),
    ...list('epcList', things.epcs),
    ...list('quantityList', things.amounts),
    ...extra,
  }
}

/** Goods leave one party for another. The location is where they were last; afterwards they are on their way. */
export function shipped(scene: Scene, things: Things, to: string): Json {
  const { bizLocation: _, ...rest } = seen(
    { ...scene, step: 'shipping', disposition: 'in_transit' },
    things,
    handover(scene.gln, to),
  )
  return rest
}

export function received(scene: Scene, things: Things, from: string): Json {
  return seen({ ...scene, step: 'receiving', disposition: 'in_progress' }, things, handover(from, scene.gln))
}

function handover(from: string, to: string): Json {
  const party = (gln: string, name: string) => [{ type: 'possessing_party', [name]: placeId(gln) }]
  return { sourceList: party(from, 'source'), destinationList: party(to, 'destination') }
}

/** Inputs become outputs. */
export function transformed(scene: Scene, inputs: Amount[], outputs: Things, ilmd: Ilmd): Json {
  return {
    type: 'TransformationEvent',
    ...when(scene),
    inputQuantityList: inputs,
    ...list('outputEPCList', outputs.epcs),
    ...list('outputQuantityList', outputs.amounts),
    ilmd: writeIlmd(ilmd),
  }
}

/** Things go into a case or pallet (ADD) or come out of it (DELETE). */
export function packed(scene: Scene, action: 'ADD' | 'DELETE', parent: string, children: Things): Json {
  return {
    type: 'AggregationEvent',
    action,
    ...when(scene),
    parentID: unitId(parent),
    ...list('childEPCs', children.epcs),
    ...list('childQuantityList', children.amounts),
  }
}

/** One capture document. */
export function epcisDocument(events: Json[], now: number): Json {
  return {
    '@context': ['https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld', { [SHISU.prefix]: SHISU.iri }],
    type: 'EPCISDocument',
    schemaVersion: '2.0',
    creationDate: new Date(now).toISOString(),
    epcisBody: { eventList: events },
  }
}

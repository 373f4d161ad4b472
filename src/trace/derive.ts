import { buildDigitalLink, type Level } from '../standards/digital-link/index.ts'
import type { ParsedEvent, Thing } from '../standards/epcis/index.ts'
import { readIlmd } from './ilmd.ts'

/** A key as it is interned. `act` is the making that several events with one transformationID describe together. */
export type Key = { key: string; level: Level | 'act'; gtin?: string; lot?: string; serial?: string }

/** i input -> act, o act -> output, a child -> parent (aggregation), s child -> parent (association), l lot -> serial. */
export type EdgeKind = 'i' | 'o' | 'a' | 's' | 'l'

/** The act of the event itself. */
export const ACT = null

/** What one event adds to the graph. `child` of an end: null says that all left, the parent itself that it was destroyed. */
export type Derived = {
  edges: { from: Key | typeof ACT; to: Key | typeof ACT; kind: EdgeKind }[]
  ends: { parent: Key; child: Key | null; partial: boolean }[]
  names: { key: Key; name: string }[]
}

/** The graph facts of one event (EPCIS 2.0, 7.4): pure, the same for every order of arrival. */
export function derive(event: ParsedEvent): Derived {
  const derived: Derived = { edges: [], ends: [], names: [] }
  // The declaration of an error repeats what did not happen.
  if (event.errorDeclaration) return derived
  if (event.type === 'TransformationEvent') addMaking(derived, event)
  if (event.type === 'AggregationEvent') addContainment(derived, event, 'a')
  if (event.type === 'AssociationEvent') addContainment(derived, event, 's')
  if (event.type === 'ObjectEvent' && event.action === 'DELETE') addDestruction(derived, event)
  const created = createdThings(event)
  const ilmd = created.length > 0 && event.ilmd ? readIlmd(event.ilmd) : {}
  addLots(derived, event, created, ilmd.lotNumber)
  addNames(derived, created, created.length > 0 ? productName(event.ilmd, ilmd.productName) : undefined)
  return derived
}

function addMaking({ edges }: Derived, event: ParsedEvent): void {
  const act: Key | typeof ACT = event.transformationId ? { key: `act:${event.transformationId}`, level: 'act' } : ACT
  for (const thing of event.things) {
    if (thing.role === 'input') edges.push({ from: thing, to: act, kind: 'i' })
    if (thing.role === 'output') edges.push({ from: act, to: thing, kind: 'o' })
  }
}

/** Observed to be inside counts as inside from then on: the packing may have been recorded elsewhere. */
function addContainment({ edges, ends }: Derived, event: ParsedEvent, kind: 'a' | 's'): void {
  const parent = event.things.find((thing) => thing.role === 'parent')
  if (!parent) return
  const children = event.things.filter((thing) => thing.role === 'child')
  if (event.action !== 'DELETE') {
    for (const child of children) edges.push({ from: child, to: parent, kind })
    return
  }
  for (const child of children) ends.push({ parent, child, partial: child.quantity !== undefined })
  if (children.length === 0) ends.push({ parent, child: null, partial: false })
}

/** A single thing that is no more holds nothing and is in nothing. Of a quantity the rest lives on. */
function addDestruction({ ends }: Derived, event: ParsedEvent): void {
  for (const thing of event.things) {
    if (thing.level === 'class' || thing.level === 'lot' || thing.level === 'pattern') continue
    ends.push({ parent: thing, child: thing, partial: false })
  }
}

/** What came into being with this event and is described by its ILMD. */
function createdThings(event: ParsedEvent): Thing[] {
  if (event.type === 'TransformationEvent') return event.things.filter((thing) => thing.role === 'output')
  return event.type === 'ObjectEvent' && event.action === 'ADD' ? [...event.things] : []
}

/** A serial's lot: from a Digital Link that names both, from the ILMD, or from the one lot of its product made with it. */
function addLots({ edges }: Derived, event: ParsedEvent, created: readonly Thing[], named: string | undefined): void {
  // A GS1 lot number has at most 20 characters, all of them to be seen.
  const lotNumber = named && /^[^\p{C}]{1,20}$/u.test(named) ? named : undefined
  let key: Key | undefined
  for (const thing of event.things) {
    if (thing.level !== 'serial' || !thing.gtin) continue
    const isNew = created.length > 0 && created.includes(thing)
    const lot = thing.lot ?? (isNew ? (lotNumber ?? onlyLot(created, thing.gtin)) : undefined)
    if (!lot) continue
    if (key?.gtin !== thing.gtin || key.lot !== lot) key = lotKey(thing.gtin, lot)
    edges.push({ from: key, to: thing, kind: 'l' })
  }
}

function onlyLot(created: readonly Thing[], gtin: string): string | undefined {
  const lots = new Set(created.flatMap((thing) => (thing.level === 'lot' && thing.gtin === gtin ? [thing.lot] : [])))
  return lots.size === 1 ? [...lots][0] : undefined
}

function lotKey(gtin: string, lot: string): Key {
  return {
    key: buildDigitalLink({ ai: '01', value: gtin, qualifiers: [{ ai: '10', value: lot }] }),
    level: 'lot',
    gtin,
    lot,
  }
}

/** The product's name belongs to its lot, and to its class where only serials or the class are named. */
function addNames({ names }: Derived, created: readonly Thing[], name: string | undefined): void {
  if (!name) return
  const seen = new Set<string>()
  for (const thing of created) {
    const isOwn = thing.level === 'lot' || thing.level === 'pattern' || !thing.gtin
    const mark = isOwn ? thing.key : `class ${thing.gtin}`
    if (seen.has(mark)) continue
    seen.add(mark)
    names.push({ key: isOwn ? thing : classKey(thing.gtin as string), name })
  }
}

function classKey(gtin: string): Key {
  return { key: buildDigitalLink({ ai: '01', value: gtin }), level: 'class', gtin }
}

/** Ours and CBV's word for it, else any extension that calls itself productName or name. */
function productName(ilmd: ParsedEvent['ilmd'], known: string | undefined): string | undefined {
  let found = known
  for (const [name, value] of Object.entries(ilmd ?? {})) {
    if (!found && /[:/#](?:productName|name)$/.test(name) && typeof value === 'string') found = value.slice(0, 200)
  }
  return found?.replace(/\p{Cc}/gu, ' ').trim()
}

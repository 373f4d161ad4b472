import type { Level } from '../digital-link/index.ts'
import type { Problem } from '../problem.ts'

export type EventType =
  | 'ObjectEvent'
  | 'AggregationEvent'
  | 'TransactionEvent'
  | 'TransformationEvent'
  | 'AssociationEvent'

export type Action = 'OBSERVE' | 'ADD' | 'DELETE'

/** A thing an event speaks of. `quantity` is a plain decimal without exponent; no `uom` beside it means pieces. */
export type Thing = {
  key: string
  role: 'epc' | 'parent' | 'child' | 'input' | 'output'
  level: Level
  gtin?: string
  lot?: string
  serial?: string
  quantity?: string
  uom?: string
}

/** A source or destination: its CBV type as a bare word or the URI of one's own, its canonical key, its GLN if it has one. */
export type Party = { type: string; key: string; gln?: string }

export type ParsedEvent = {
  /** The event as received, never changed. */
  raw: Readonly<Record<string, unknown>>
  type: EventType
  action?: Action
  /** Instant in UTC with milliseconds: `2026-07-22T06:45:00.000Z`; and the same as milliseconds since 1970. */
  eventTime: string
  eventTimeMs: number
  eventTimeZoneOffset: string
  /** The event's own id, else its hash. */
  eventId: string
  /** False where the eventId is the hash, because the event brought none. */
  hasOwnId: boolean
  /** EPCIS event hash id (CBV 2.0, section 8.9): `ni:///sha-256;…?ver=CBV2.0`. */
  hash: string
  /** Bare CBV word (`shipping`), or the URI of one's own. */
  bizStep?: string
  disposition?: string
  /** Canonical keys. */
  readPoint?: string
  bizLocation?: string
  sources: readonly Party[]
  destinations: readonly Party[]
  /** Every GLN of readPoint, bizLocation, sources and destinations, 13 digits, each once. */
  glns: readonly string[]
  things: readonly Thing[]
  transformationId?: string
  bizTransactions: readonly { type?: string; id: string }[]
  ilmd?: Readonly<Record<string, unknown>>
  errorDeclaration?: { declarationTime: string; reason?: string; correctiveEventIds: readonly string[] }
}

export type ParsedDocument = {
  kind: 'EPCISDocument' | 'EPCISQueryDocument' | 'event'
  events: readonly ParsedEvent[]
  /** The document's @context as received. */
  context: unknown
  schemaVersion?: string
  creationDate?: string
  id?: string
  sender?: string
  receiver?: string
  instanceIdentifier?: string
  queryName?: string
  subscriptionId?: string
}

/** Limits of one parse; each has a default. */
export type Limits = {
  /** Events in a document: 10,000. */
  events?: number
  /** Problems collected before the rest is left out: 100. */
  problems?: number
  /** Nesting inside an extension: 32. */
  depth?: number
}

export type Parsed = { ok: true; document: ParsedDocument } | { ok: false; problems: readonly Problem[] }

import { invalid, type Problem } from '../failure.ts'
import type { ParsedEvent } from '../standards/epcis/index.ts'
import { Columns, SEPARATOR } from './columns.ts'
import { ACT, derive, type EdgeKind, type Key } from './derive.ts'
import type { Identity } from './identity.ts'

/** Parts lists inside an item; no text of an event holds it. */
const INNER = '\x02'
const KEY_LIMIT = 512
/** More events than a document may have. */
const EVENTS = 2 ** 20

/** Places in the database's own list (`roles` in store_captured). */
const roles = { epc: 1, parent: 2, child: 3, input: 4, output: 5 } as const
const kinds = Object.fromEntries([...'ioasl'].map((kind) => [kind, kind.charCodeAt(0)])) as Record<EdgeKind, number>

/**
 * A document's new rows as columns. Keys are interned within the document; what many events have in common (a shape: type,
 * step, places, parties …) is kept once. All are numbered from 1.
 */
export class Batch {
  readonly keys = new Columns(['key', 'serial', 'shape'])
  readonly keyShapes = new Columns(['level', 'gtin', 'lot'])
  readonly events = new Columns([
    'eventDigest',
    'declared',
    'contentDigest',
    'hash',
    'eventTime',
    'eventId',
    'document',
    'shape',
  ])
  readonly shapes = new Columns([
    'type',
    'action',
    'tzOffset',
    'bizStep',
    'disposition',
    'readPoint',
    'bizLocation',
    'transformationId',
    'sources',
    'destinations',
    'bizTransactions',
  ])
  /** The GLNs that the events of each shape name. */
  readonly glns: (readonly string[])[] = []
  readonly links = new Columns(['event', 'key', 'role', 'quantity', 'uom'])
  readonly edges = new Columns(['event', 'src', 'dst', 'kind'])
  readonly ends = new Columns(['event', 'parent', 'child', 'partial'])
  readonly names = new Columns(['event', 'key', 'name'])
  readonly #keys = new Map<string, number>()
  readonly #keyShapes = new Map<string, number>()
  #lastKey: { level?: string; gtin?: string | undefined; lot?: string | undefined; number: number } = { number: 0 }
  readonly #shapes = new Map<string, number>()
  readonly #named = new Set<string>()
  readonly #problems: Problem[] = []
  #at = ''

  /** Adds an event; `at` is its place in the document, for refusals. */
  add(event: ParsedEvent, identity: Identity, at: string): void {
    this.#at = at
    if (/^[+-]|^0000/.test(event.eventTime))
      this.#refuse('event-time', '事件时间（eventTime）应在公元 1 年至 9999 年之间')
    const number = this.events.push([
      identity.eventDigest,
      identity.declared,
      identity.contentDigest,
      `\\\\x${identity.hash}`,
      event.eventTime,
      event.eventId,
      documentOf(event),
      this.#shape(event),
    ])
    for (const thing of event.things) {
      this.links.push([number, this.#number(thing), roles[thing.role], thing.quantity, thing.uom])
    }
    const derived = derive(event)
    for (const { from, to, kind } of derived.edges) {
      this.edges.push([number, this.#node(from), this.#node(to), kinds[kind]])
    }
    for (const { parent, child, partial } of derived.ends) {
      this.ends.push([number, this.#number(parent), child ? this.#number(child) : 0, partial])
    }
    for (const { key, name } of derived.names) {
      const row = `${key.key} ${name}`
      if (!this.#named.has(row)) this.names.push([number, this.#number(key), name])
      this.#named.add(row)
    }
  }

  /** Throws a Failure where a value does not fit into the store. */
  check(): void {
    if (this.#problems.length > 0) throw invalid(this.#problems)
  }

  /** The keys' numbers in the order of their texts, as an array literal. */
  keyOrder(): string {
    const texts = [...this.#keys.keys()].sort()
    return `{${texts.map((text) => this.#keys.get(text)).join(',')}}`
  }

  /** The events' numbers in the order in which their digests begin: 32 bits of them, and the place, are one number. */
  eventOrder(): string {
    const marks = Float64Array.from(
      this.events.of('eventDigest'),
      (digest, at) => Number.parseInt(String(digest).slice(0, 8), 16) * EVENTS + at,
    )
    return `{${Array.from(marks.sort(), (mark) => (mark % EVENTS) + 1).join(',')}}`
  }

  #number(key: Key): number {
    const known = this.#keys.get(key.key)
    if (known) return known
    if (key.key.length > KEY_LIMIT) this.#refuse('key-length', `标识“${key.key.slice(0, 40)}…”超过 ${KEY_LIMIT} 个字符`)
    const number = this.keys.push([key.key, key.serial, this.#keyShape(key)])
    this.#keys.set(key.key, number)
    return number
  }

  #keyShape({ level, gtin, lot }: Key): number {
    const last = this.#lastKey
    // A key is mostly the next of a row of its like.
    if (last.level !== level || last.gtin !== gtin || last.lot !== lot) {
      this.#lastKey = { level, gtin, lot, number: numbered(this.#keyShapes, this.keyShapes, [level, gtin, lot]) }
    }
    return this.#lastKey.number
  }

  #shape(event: ParsedEvent): number {
    const { sources, destinations, bizTransactions } = event
    const number = numbered(this.#shapes, this.shapes, [
      event.type,
      event.action,
      event.eventTimeZoneOffset,
      event.bizStep,
      event.disposition,
      event.readPoint,
      event.bizLocation,
      event.transformationId,
      sources.length === 0 ? undefined : sources.map(({ type, key }) => `${type} ${key}`).join(INNER),
      destinations.length === 0 ? undefined : destinations.map(({ type, key }) => `${type} ${key}`).join(INNER),
      bizTransactions.length === 0
        ? undefined
        : bizTransactions.map(({ type, id }) => `${type ?? ''} ${id}`).join(INNER),
    ])
    this.glns[number - 1] ??= event.glns
    return number
  }

  #node(key: Key | typeof ACT): number {
    if (key === ACT) return 0
    return key.level === 'act' ? -this.#number(key) : this.#number(key)
  }

  #refuse(code: string, text: string): void {
    this.#problems.push({ code, text, at: this.#at })
  }
}

/** The number of a row that is kept once. */
function numbered(known: Map<string, number>, rows: Columns, row: readonly (string | undefined)[]): number {
  const name = row.join(SEPARATOR)
  let number = known.get(name)
  if (number === undefined) {
    number = rows.push(row)
    known.set(name, number)
  }
  return number
}

/** What is kept of the event: as received, with the id by which it is known, without anybody's record time. */
function documentOf(event: ParsedEvent): string {
  if (event.hasOwnId && event.raw.recordTime === undefined) return JSON.stringify(event.raw)
  const { recordTime: _, ...kept } = event.raw
  return JSON.stringify(event.hasOwnId ? kept : { ...kept, eventID: event.eventId })
}

import { invalid, type Problem } from '../failure.ts'
import type { ParsedEvent } from '../standards/epcis/index.ts'
import { ACT, derive, type Key } from './derive.ts'
import type { Identity } from './identity.ts'

// The codec lets no control characters through.
const SEPARATOR = '\x01'
const INNER = '\x02'
const KEY_LIMIT = 512

/** Who may see one event, as array literals of PostgreSQL. */
export type Readers = { partyIds: string; regions: string }

/**
 * A document's new rows as columns, in the form in which they reach the database fastest: numbers as array literals,
 * texts as one text. Keys are interned within the document and numbered from 1.
 */
export class Batch {
  readonly keys = new Columns(['key', 'level', 'gtin', 'lot', 'serial'])
  readonly events = new Columns([
    'eventDigest',
    'declared',
    'contentDigest',
    'hash',
    'eventTime',
    'eventId',
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
    'partyIds',
    'regions',
    'document',
  ])
  readonly links = new Columns(['event', 'key', 'role', 'quantity', 'uom'])
  readonly edges = new Columns(['event', 'src', 'dst', 'kind'])
  readonly ends = new Columns(['event', 'parent', 'child', 'partial'])
  readonly names = new Columns(['event', 'key', 'name'])
  /** Events that move or sell goods, which may be held. */
  readonly moving = new Columns(['event'])
  /** GLNs that are nobody's here yet. */
  readonly unclaimed = new Columns(['event', 'gln'])
  readonly #numbers = new Map<string, number>()
  readonly #named = new Set<string>()
  readonly #problems: Problem[] = []

  /** Adds an event; `at` is its place in the document, for refusals. */
  add(event: ParsedEvent, identity: Identity, readers: Readers, at: string): void {
    this.#at = at
    if (/^[+-]|^0000/.test(event.eventTime))
      this.#refuse('event-time', '事件时间（eventTime）应在公元 1 年至 9999 年之间')
    this.#count++
    const number = this.events.push([
      identity.eventDigest,
      identity.declared,
      identity.contentDigest,
      `\\\\x${identity.hash}`,
      event.eventTime,
      event.eventId,
      event.type,
      event.action,
      event.eventTimeZoneOffset,
      event.bizStep,
      event.disposition,
      event.readPoint,
      event.bizLocation,
      event.transformationId,
      event.sources.map((party) => `${party.type} ${party.key}`).join(INNER),
      event.destinations.map((party) => `${party.type} ${party.key}`).join(INNER),
      event.bizTransactions.map(({ type, id }) => `${type ?? ''} ${id}`).join(INNER),
      readers.partyIds,
      readers.regions,
      documentOf(event),
    ])
    for (const thing of event.things) {
      this.links.push([number, this.#number(thing), thing.role, thing.quantity, thing.uom])
    }
    const derived = derive(event)
    for (const { from, to, kind } of derived.edges) {
      this.edges.push([number, this.#node(from), this.#node(to), kind])
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

  /** Events so far: the number of the last one. */
  get count(): number {
    return this.#count
  }

  /** Throws a Failure where a value does not fit into the store. */
  check(): void {
    if (this.#problems.length > 0) throw invalid(this.#problems)
  }

  #at = ''
  #count = 0

  #number(key: Key): number {
    const known = this.#numbers.get(key.key)
    if (known) return known
    if (key.key.length > KEY_LIMIT) this.#refuse('key-length', `标识“${key.key.slice(0, 40)}…”超过 ${KEY_LIMIT} 个字符`)
    const number = this.keys.push([key.key, key.level, key.gtin, key.lot, key.serial])
    this.#numbers.set(key.key, number)
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

type Value = string | number | boolean | undefined

/** Rows gathered column by column. */
export class Columns {
  readonly #names: readonly string[]
  readonly #columns: Value[][]

  constructor(names: readonly string[]) {
    this.#names = names
    this.#columns = names.map(() => [])
  }

  /** Adds a row in the order of the columns; its number, from 1. */
  push(row: readonly Value[]): number {
    let length = 0
    for (let i = 0; i < this.#columns.length; i++) length = this.#columns[i]?.push(row[i]) ?? 0
    return length
  }

  /** The column as one text; null is the empty item. */
  text(name: string): string {
    return this.#column(name).join(SEPARATOR)
  }

  /** The column as an array literal, for values without quotes, commas or braces. */
  array(name: string): string {
    return `{${this.#column(name)
      .map((value) => value ?? 'null')
      .join(',')}}`
  }

  #column(name: string): Value[] {
    const column = this.#columns[this.#names.indexOf(name)]
    if (!column) throw new Error(`no column ${name}`)
    return column
  }
}

/** What is kept of the event: as received, with the id by which it is known, without anybody's record time. */
function documentOf(event: ParsedEvent): string {
  if (event.hasOwnId && event.raw.recordTime === undefined) return JSON.stringify(event.raw)
  const { recordTime: _, ...kept } = event.raw
  return JSON.stringify(event.hasOwnId ? kept : { ...kept, eventID: event.eventId })
}

import type { ISql } from 'postgres'
import { gathering } from '../gathering.ts'
import type { CodeIndex } from './codes/index.ts'
import { SEPARATOR } from './columns.ts'
import { type Ilmd, readIlmd } from './ilmd.ts'

/** An event as the public may know it; see public_event in migrations/0004-codes.sql. Words are CBV's, bare. */
export type PublicEvent = {
  at: Date
  recordedAt: Date
  /** How it names the thing: epc, output, input, parent, child; container: it names what the thing was in. */
  role: string
  step: string
  disposition: string
  set: readonly string[]
  unset: readonly string[]
  by: string
  byId: string
  authority: boolean
  place?: string
  receiver?: string
  ilmd?: Ilmd
}

export type Material = { name?: string; received?: Date; inspected: boolean; origin?: string }
export type Making = { at: Date; makes?: string }

export type Facts = {
  own: readonly PublicEvent[]
  way: readonly PublicEvent[]
  materials: readonly Material[]
  makings: readonly Making[]
}

export type Glance = {
  ordered: boolean
  serialSeen: boolean
  lotSeen: boolean
  lotKey?: string
  lot?: string
  version: string
  own: readonly PublicEvent[]
  way: readonly PublicEvent[]
  scans?: { count: number; firstAt: Date }
  code: { market?: string; inactive?: boolean; voided?: Date; source?: string }
  signals: readonly string[]
}

export type EventRow = {
  at: string
  recorded: string
  role: string
  step?: string
  disposition?: string
  by: string
  byId: string
  authority?: true
  place?: string
  receiver?: string
  ilmd?: unknown
  persistent?: { set?: string[]; unset?: string[] }
}

type GlanceRow = {
  ordered: boolean
  market: string | null
  inactive: boolean | null
  voided: Date | null
  source: string | null
  signals: string[] | null
  serialSeen: boolean
  lotKey: string | null
  lot: string | null
  lotSeen: boolean
  version: string | null
  events: EventRow[] | null
  scans: string | null
  firstAt: Date | null
}

type FactsRow = {
  events: EventRow[]
  origin: {
    materials: { name?: string; received?: string; inspected: boolean; origin?: string }[]
    makings: { at: string; makes?: string }[]
  }
}

/** `https://ref.gs1.org/cbv/BizStep-shipping`, `urn:epcglobal:cbv:bizstep:shipping`, `shipping` -> `shipping`. */
const word = (text: string | undefined) => text?.split(/[-:/]/).at(-1) ?? ''

/** An event as the database gives it to the public, with CBV's words bare. */
export function eventOf(row: EventRow): PublicEvent {
  return {
    at: new Date(row.at),
    recordedAt: new Date(row.recorded),
    role: row.role,
    step: word(row.step),
    disposition: word(row.disposition),
    set: (row.persistent?.set ?? []).map(word),
    unset: (row.persistent?.unset ?? []).map(word),
    by: row.by,
    byId: row.byId,
    authority: row.authority === true,
    place: row.place,
    receiver: row.receiver,
    ilmd: row.ilmd === undefined ? undefined : readIlmd(row.ilmd),
  }
}

/** What names the thing itself, and what names only what it was in. */
function split(rows: readonly EventRow[]): { own: PublicEvent[]; way: PublicEvent[] } {
  const events = rows.map(eventOf)
  return {
    own: events.filter((event) => event.role !== 'container'),
    way: events.filter((event) => event.role === 'container'),
  }
}

/** What is asked for freshly on each request. `lotKey` is undefined where a serial is asked for. */
export type GlanceAsk = { gtin: string; lotKey?: string; serialKey?: string; index?: CodeIndex }

type Asked = { tx: ISql; ask: GlanceAsk }

/** Statements under way at once, and how many asks are worth another one: a round trip costs as much as several asks. */
const UNDERWAY_MAX = 4
const WORTH_ANOTHER = 24

const glances = gathering<Asked, () => Glance>(
  async (asked) => {
    const { tx } = asked[0] as Asked
    const read = (some: readonly Asked[]) =>
      readGlances(
        tx,
        some.map(({ ask }) => ask),
      )
    try {
      return (await read(asked)).map((glance) => () => glance)
    } catch (error) {
      if (asked.length === 1) throw error
      // One that cannot be read must not take the others along.
      const alone = await Promise.allSettled(asked.map(async (one) => (await read([one]))[0] as Glance))
      return alone.map((told) => () => {
        if (told.status === 'rejected') throw told.reason
        return told.value
      })
    }
  },
  {
    most: Number.POSITIVE_INFINITY,
    beside: (waiting, underWay) => underWay.length < UNDERWAY_MAX && waiting >= WORTH_ANOTHER,
  },
)

/**
 * Reads what must be fresh on each request, several requests in one round trip: the first goes at once, what comes while
 * it is under way goes together in the next. Nothing is remembered.
 */
export const readGlance = async (tx: ISql, ask: GlanceAsk): Promise<Glance> => (await glances(tx, '', { tx, ask }))()

// Lists go as texts: an array's items are each looked at by the driver. What is undefined is an empty item.
const textOf = (items: readonly (string | undefined)[]) => items.join(SEPARATOR)
const numbersOf = (items: readonly (number | undefined)[]) => `{${items.map((item) => item ?? 'null').join(',')}}`

async function readGlances(tx: ISql, asks: readonly GlanceAsk[]): Promise<Glance[]> {
  const rows = await tx<GlanceRow[]>`
    select ordered, market, inactive, voided, source, signals, serial_seen as "serialSeen", lot_key as "lotKey", lot,
      lot_seen as "lotSeen", version, events, scans, first_at as "firstAt"
    from story_looks(string_to_array(${textOf(asks.map(({ gtin }) => gtin))}::text, ${SEPARATOR}),
      string_to_array(${textOf(asks.map(({ lotKey }) => lotKey))}::text, ${SEPARATOR}, ''),
      string_to_array(${textOf(asks.map(({ serialKey }) => serialKey))}::text, ${SEPARATOR}, ''),
      ${numbersOf(asks.map(({ index }) => index?.index))}::text::bigint[],
      ${numbersOf(asks.map(({ index }) => index?.keyVersion))}::text::integer[])`
  return rows.map(glanceOf)
}

function glanceOf(row: GlanceRow): Glance {
  const { ordered, serialSeen, lotSeen, market, inactive, voided, source, scans, firstAt } = row
  return {
    ordered,
    serialSeen,
    lotSeen,
    lotKey: row.lotKey ?? undefined,
    lot: row.lot ?? undefined,
    version: row.version ?? '',
    ...split(row.events ?? []),
    code: {
      ...(market !== null && { market }),
      ...(inactive !== null && { inactive }),
      ...(voided !== null && { voided }),
      ...(source !== null && { source }),
    },
    signals: row.signals ?? [],
    scans: scans !== null && firstAt !== null ? { count: Number(scans), firstAt } : undefined,
  }
}

async function readFacts(tx: ISql, key: string): Promise<Facts> {
  const [row] = await tx<{ facts: FactsRow | null }[]>`select story_facts(${key}) as facts`
  const facts = row?.facts
  if (!facts) return { own: [], way: [], materials: [], makings: [] }
  return {
    ...split(facts.events),
    materials: facts.origin.materials.map((m) => ({ ...m, received: m.received ? new Date(m.received) : undefined })),
    makings: facts.origin.makings.map((m) => ({ ...m, at: new Date(m.at) })),
  }
}

/** Some 10 kB each; the one read longest ago goes first. */
const REMEMBERED = 4000
/** What happens upstream or to containers does not change the version of the lot; it shows after this time. */
const TRUSTED_MS = 60_000

/** Reads facts through a memory that holds while the version is the same and not for long. */
export function factsReader(): (tx: ISql, key: string, version: string) => Promise<Facts> {
  const remembered = new Map<string, { version: string; until: number; facts: Promise<Facts> }>()
  return (tx, key, version) => {
    const known = remembered.get(key)
    const now = performance.now()
    if (known !== undefined && known.version === version && now < known.until) return known.facts
    remembered.delete(key)
    if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value as string)
    const facts = readFacts(tx, key)
    const entry = { version, until: now + TRUSTED_MS, facts }
    remembered.set(key, entry)
    facts.catch(() => remembered.get(key) === entry && remembered.delete(key))
    return facts
  }
}

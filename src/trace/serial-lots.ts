import type { Fragment } from 'postgres'
import { buildDigitalLink } from '../standards/digital-link/index.ts'
import { type Interval, walk } from './closure.ts'
import { type CodeReader, serialOf } from './codes/index.ts'
import type { EdgeReader } from './edges.ts'
import { reach } from './reach.ts'
import type { Tx } from './scope.ts'

/** A single thing (canonical key) and its lot (id of a key), which no event says but the order or range of its code. */
type Found = { key: string; lot: string }

/** Codes of a lot within reach of a hold: our own by index and key, another system's (`prefix`) by number. */
type Issued = {
  gtin: string
  lot: string
  first: number
  last: number
  keyVersion: number | null
  prefix: string | null
  width: number
}

const KEYS_AT_ONCE = 10_000
/** More than there are things; a range of another system may be wider than PostgreSQL counts. */
const COUNTED_MOST = 1e12

/** The codes of these products that were given to lots within reach of a hold: mostly none. */
async function issuedWithin(tx: Tx, gtins: readonly string[]): Promise<Issued[]> {
  const rows = await tx<(Omit<Issued, 'first' | 'last'> & { first: string; last: string })[]>`
    select o.gtin, k.id::text as lot, o.first_index as first, o.first_index + o.quantity - 1 as last,
      o.key_version as "keyVersion", null as prefix, 0 as width
    from code_gtin g join code_order o on o.owner_id = g.owner_id and o.gtin = g.gtin
    cross join lateral (select k.id from trace_key k where k.key = o.lot_key offset 0) k
    where g.gtin = any(${[...gtins]}::text[]) and exists (select from hold_reach r where r.key = k.id)
    union all
    select c.gtin, k.id::text, c.first, c.last, null, c.prefix, c.width
    from (select distinct gtin, lot from code_range where gtin = any(${[...gtins]}::text[])) of
    cross join lateral (
      select k.id from trace_key k where k.level = 'lot' and k.lot = of.lot and k.gtin = of.gtin offset 0) k
    join code_range c on c.gtin = of.gtin and c.lot = of.lot
    where exists (select from hold_reach r where r.key = k.id)`
  return rows.map((row) => ({ ...row, first: Number(row.first), last: Number(row.last) }))
}

function lotBy(codes: CodeReader, issued: readonly Issued[], gtin: string, serial: string): string | undefined {
  const own = codes.indexesOf(gtin, serial)
  const isOf = (one: Issued) => {
    const { prefix, width, first, last, keyVersion } = one
    if (prefix === null)
      return own.some((code) => code.keyVersion === keyVersion && code.index >= first && code.index <= last)
    const number = serial.slice(prefix.length)
    if (!serial.startsWith(prefix) || number.length !== width || /\D/.test(number)) return false
    return Number(number) >= first && Number(number) <= last
  }
  return issued.find((one) => one.gtin === gtin && isOf(one))?.lot
}

/** Which of these things (canonical keys) belong to a lot within reach of a hold, as their codes say. */
export async function lotsByCode(tx: Tx, codes: CodeReader, keys: readonly string[]): Promise<Found[]> {
  const gtins = new Set(keys.flatMap((key) => serialOf(key)?.gtin ?? []))
  if (gtins.size === 0) return []
  return foundAmong(codes, await issuedWithin(tx, [...gtins]), keys)
}

function foundAmong(codes: CodeReader, issued: readonly Issued[], keys: readonly string[]): Found[] {
  if (issued.length === 0) return []
  return keys.flatMap((key) => {
    const thing = serialOf(key)
    const lot = thing && lotBy(codes, issued, thing.gtin, thing.serial)
    return lot ? [{ key, lot }] : []
  })
}

/** Keeps the lots of things that events name by now; the ids of these things. */
export async function keepLots(tx: Tx, found: readonly Found[]): Promise<string[]> {
  if (found.length === 0) return []
  const rows = await tx<{ id: string }[]>`
    with said as (
      select k.id, u.lot from unnest(${found.map(({ key }) => key)}::text[], ${found.map(({ lot }) => lot)}::bigint[]) u (key, lot)
      join trace_key k on k.key = u.key
    ), kept as (
      insert into serial_lot (key, lot) select id, lot from said on conflict do nothing
    )
    select id::text from said`
  return rows.map(({ id }) => id)
}

/**
 * Finds the things of lots that have just come within reach of a hold (among these ids of keys) that events name already,
 * but only their codes tell the lot of; they and what they are in come within reach.
 */
export async function findByCode(tx: Tx, codes: CodeReader, reached: readonly string[]): Promise<void> {
  for (let fresh = reached; fresh.length > 0; ) {
    const products = await tx<{ gtin: string }[]>`
      select distinct k.gtin from trace_key k
      where k.id = any(${`{${fresh.join(',')}}`}::bigint[]) and k.level = 'lot'
        and (exists (select from code_order o where o.lot_key = k.key)
          or exists (select from code_range c where c.gtin = k.gtin and c.lot = k.lot))`
    const lots = new Set(fresh)
    const found: string[] = []
    for (const { gtin } of products) {
      const issued = (await issuedWithin(tx, [gtin])).filter(({ lot }) => lots.has(lot))
      for await (const keys of unsaid(tx, codes, gtin, issued))
        found.push(...(await keepLots(tx, foundAmong(codes, issued, keys))))
    }
    fresh = await reach(tx, found)
  }
}

/**
 * The single things of a product that events name without anybody having said their lot, and that may be of these codes.
 * Of the codes and the product's things whichever are fewer are gone through, for nobody stores while a hold is placed.
 */
async function* unsaid(tx: Tx, codes: CodeReader, gtin: string, issued: readonly Issued[]): AsyncGenerator<string[]> {
  const stem = `https://id.gs1.org/01/${gtin}/21/`
  const end = `${stem}\u{10ffff}`
  const count = Math.min(
    issued.reduce((sum, { first, last }) => sum + last - first + 1, 0),
    COUNTED_MOST,
  )
  const [named] = await tx<{ more: boolean }[]>`
    select exists (select from trace_key k where k.key > ${stem} and k.key < ${end} offset ${count}) as more`
  if (named?.more) {
    for (const keys of keysOf(codes, gtin, issued)) {
      const rows = await tx<{ key: string }[]>`
        select k.key from trace_key k where k.key = any(${keys}::text[]) and not ${isSaid(tx)}`
      yield rows.map(({ key }) => key)
    }
    return
  }
  for (let after = stem; ; ) {
    const rows = await tx<{ key: string; isSaid: boolean }[]>`
      select k.key, ${isSaid(tx)} as "isSaid"
      from trace_key k where k.key > ${after} and k.key < ${end} order by k.key limit ${KEYS_AT_ONCE}`
    yield rows.flatMap(({ key, isSaid }) => (isSaid ? [] : [key]))
    const last = rows.at(-1)
    if (!last || rows.length < KEYS_AT_ONCE) return
    after = last.key
  }
}

/** Whether somebody has said the lot of a thing (key `k`), or its code has. */
const isSaid = (tx: Tx): Fragment => tx`(
  exists (select from edge g where g.dst = k.id and g.kind = 'l'
    and not exists (select from event_voided v where v.event = g.event))
  or exists (select from serial_lot s where s.key = k.id))`

/** The canonical keys that these codes would have. */
function* keysOf(codes: CodeReader, gtin: string, issued: readonly Issued[]): Generator<string[]> {
  let keys: string[] = []
  for (const serial of serialsOf(codes, gtin, issued)) {
    keys.push(buildDigitalLink({ ai: '01', value: gtin, qualifiers: [{ ai: '21', value: serial }] }))
    if (keys.length < KEYS_AT_ONCE) continue
    yield keys
    keys = []
  }
  yield keys
}

function* serialsOf(codes: CodeReader, gtin: string, issued: readonly Issued[]): Generator<string> {
  for (const { first, last, keyVersion, prefix, width } of issued) {
    if (keyVersion !== null) {
      const order = { gtin, keyVersion, firstIndex: first, quantity: last - first + 1 }
      for (const serials of codes.serialsOf(order)) yield* serials
    } else {
      for (let number = first; number <= last; number++)
        yield `${prefix}${width === 0 ? '' : String(number).padStart(width, '0')}`
    }
  }
}

type Stay = Interval & { id: number }

/**
 * The ids of what is in things at a time, or went into them; by their codes where no event says what lot they are of.
 * Nearest first.
 */
export async function behind(
  tx: Tx,
  reader: EdgeReader,
  stays: readonly Stay[],
  limit: number,
): Promise<{ ids: string; truncated: boolean }> {
  const seen = new Set<number>()
  let step = await walk(tx, reader, { start: [], stays, direction: 'backward', limit })
  for (;;) {
    const fresh = [...step.nodes.keys()].filter((node) => node > 0 && !seen.has(node))
    for (const node of fresh) seen.add(node)
    const lots = await tx<{ lot: string }[]>`
      select distinct lot::text from serial_lot where key = any(${`{${fresh.join(',')}}`}::bigint[])`
    const start = lots.map(({ lot }) => Number(lot)).filter((lot) => !seen.has(lot))
    const isFull = step.truncated || (start.length > 0 && seen.size >= limit)
    if (start.length === 0 || isFull) return { ids: `{${[...seen].join(',')}}`, truncated: isFull }
    step = await walk(tx, reader, { start, direction: 'backward', limit })
  }
}

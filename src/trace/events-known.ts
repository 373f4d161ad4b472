import { bizSteps, dispositions } from '../standards/epcis/vocabulary.ts'
import { type Scope, type Tx, visible } from './scope.ts'

/** A field of events whose values can be listed. */
export type WordField = 'bizStep' | 'disposition' | 'readPoint' | 'bizLocation'

const standard: Readonly<Record<WordField, readonly string[]>> = {
  bizStep: [...bizSteps.words].sort(),
  disposition: [...dispositions.words].sort(),
  readPoint: [],
  bizLocation: [],
}

export type KnownPage = { members: string[]; next?: string }

/** A page of the values of a field: the standard's words, and what the events hold that a scope may see. In one order. */
export async function knownWords(
  tx: Tx,
  scope: Scope,
  field: WordField,
  page: { limit: number; after?: string },
): Promise<KnownPage> {
  const { after = '', limit } = page
  const rows = await tx<{ value: string }[]>`
    select value from event_word where ${readerIs(tx, scope)} and field = ${field} and value > ${after}
    group by value order by value limit ${limit + 1}`
  const words = standard[field].filter((word) => word > after)
  const all = [...new Set([...words, ...rows.map(({ value }) => value)])].sort(byteOrder)
  const members = all.slice(0, limit)
  return { members, ...(all.length > limit && { next: members.at(-1) }) }
}

/** Whether a value of a field is one of the standard's words, or in an event that the scope may see. */
export async function isKnownWord(tx: Tx, scope: Scope, field: WordField, value: string): Promise<boolean> {
  if (standard[field].includes(value)) return true
  const [row] = await tx`
    select from event_word where ${readerIs(tx, scope)} and field = ${field} and value = ${value} limit 1`
  return row !== undefined
}

function readerIs(tx: Tx, scope: Scope) {
  if ('all' in scope) return tx`true`
  return tx`reader = ${'ownerId' in scope ? scope.ownerId : 'city' in scope ? scope.city : scope.county}`
}

const byteOrder = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** Keys looked at in one step, and for how long one page is gathered. */
const stepSize = 20_000
const gatherMs = 2000

/**
 * A page of the single things that the events of a scope name, by their canonical keys, in the order in which they
 * became known. It may hold fewer than asked for and still have a next: keys of others lie between.
 */
export async function knownThings(tx: Tx, scope: Scope, page: { limit: number; after?: string }): Promise<KnownPage> {
  const members: string[] = []
  const until = Date.now() + gatherMs
  let after = /^\d{1,18}$/.test(page.after ?? '') ? String(page.after) : '0'
  for (;;) {
    const rows = await tx<{ id: string; key: string; known: boolean }[]>`
      with step as materialized (
        select id, key from trace_key
        where id > ${after} and level not in ('class', 'lot', 'pattern', 'act') order by id limit ${stepSize}
      ), last as (select max(id) as id from step),
      known as (
        select s.id, s.key from step s
        where exists (select from event_key k join event e on e.id = k.event where k.key = s.id and ${visible(tx, scope)})
        order by s.id limit ${page.limit - members.length + 1}
      )
      select id, key, true as known from known union all select id, '', false from last where id is not null
      order by known desc, id`
    const found = rows.filter(({ known }) => known)
    const last = rows.find(({ known }) => !known)?.id
    const room = page.limit - members.length
    members.push(...found.slice(0, room).map(({ key }) => key))
    if (found.length > room) return { members, next: room > 0 ? found[room - 1]?.id : after }
    if (last === undefined) return { members }
    after = last
    if (Date.now() > until) return { members, next: after }
  }
}

/** Whether an event that the scope may see names this canonical key. */
export async function isKnownThing(tx: Tx, scope: Scope, key: string): Promise<boolean> {
  const [row] = await tx`
    select from trace_key t join event_key k on k.key = t.id join event e on e.id = k.event
    where t.key = ${key} and ${visible(tx, scope)} limit 1`
  return row !== undefined
}

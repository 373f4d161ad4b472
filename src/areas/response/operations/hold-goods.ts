import type { ISql } from 'postgres'
import type { Actor } from '../../../platform/access/actor.ts'
import type { Work } from '../../../platform/operation.ts'
import { parseDocument } from '../../../standards/epcis/index.ts'
import { append, placeHold, takeTurn, vouchFor } from '../../../trace/index.ts'

const context = 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld'
/** Made from the order's id: said twice, it is one event. */
const eventIdOf = (order: string, part: string) => `https://ns.shisu.example/recall/${order}/${part}`
const KEYS_AN_EVENT = 2000

type HoldRequest = {
  id: string
  registrar: Actor
  title: string
  keys: readonly string[]
  /** Who may be sent the goods all the same: whoever recalls them, whoever destroys them. */
  returnTo: readonly (string | null | undefined)[]
}

/**
 * 封存: says in EPCIS that the goods are recalled, so that every page that tells of them turns at once, and has the trace
 * core watch them: what moves or is sold all the same is told. How many lots and things are held.
 */
export async function holdGoods(work: Work, { id, registrar, title, keys, returnTo }: HoldRequest): Promise<number> {
  await takeTurn(work.sql)
  const parts = Array.from({ length: Math.ceil(keys.length / KEYS_AN_EVENT) }, (_, n) =>
    keys.slice(n * KEYS_AN_EVENT, (n + 1) * KEYS_AN_EVENT),
  )
  const events = parts.flatMap((part, n) => {
    const parsed = parseDocument(recallEvent(eventIdOf(id, String(n)), work.now, part))
    if (!parsed.ok) throw new Error(`recall event: ${JSON.stringify(parsed.problems.slice(0, 3))}`)
    return parsed.document.events
  })
  // Who started it speaks for itself: the maker has a say about its own goods, as an authority has.
  const capturer = { ownerId: work.actor.ownerId, region: work.actor.region }
  await append(work.sql, capturer, events, { context, recordTime: work.now, codes: work.codes })
  await vouchFor(
    work.sql,
    parts.map((_, n) => eventIdOf(id, String(n))),
    work.now,
  )
  const { ownerId, region } = registrar
  const glns = await glnsOf(work.sql, returnTo)
  const hold = { orderId: id, ownerId, region, title: title.slice(0, 200), keys, since: work.now, returnTo: glns }
  return placeHold(work.sql, hold, work.codes)
}

/** The GLNs of those owners that have one. */
export async function glnsOf(sql: ISql, owners: readonly (string | null | undefined)[]): Promise<string[]> {
  const rows = await sql<{ gln: string }[]>`
    select gln from owner where id = any(${owners.flatMap((id) => id ?? [])}::uuid[]) and gln is not null order by gln`
  return rows.map(({ gln }) => gln)
}

/** Says in EPCIS that goods were recalled by mistake: their pages turn back. */
export async function releaseGoods(
  sql: ISql,
  { id, ownerId, region, at }: { id: string; ownerId: string; region: string; at: Date },
): Promise<void> {
  const held = await sql<{ key: string }[]>`
    select k.key from trace_hold h join trace_key k on k.id = h.key where h.order_id = ${id} order by k.id`
  if (held.length === 0) return
  const { disposition: _, ...event } = recallEvent(
    eventIdOf(id, 'release'),
    at,
    held.map(({ key }) => key),
  )
  const parsed = parseDocument({ ...event, bizStep: 'other', persistentDisposition: { unset: ['recalled'] } })
  if (!parsed.ok) throw new Error(`release event: ${JSON.stringify(parsed.problems.slice(0, 3))}`)
  await append(sql, { ownerId, region }, parsed.document.events, { context, recordTime: at })
}

function recallEvent(eventID: string, now: Date, keys: readonly string[]): Record<string, unknown> {
  const isLot = (key: string) => key.includes('/10/')
  const lots = keys.filter(isLot)
  const things = keys.filter((key) => !isLot(key))
  return {
    '@context': context,
    type: 'ObjectEvent',
    eventID,
    eventTime: now.toISOString(),
    eventTimeZoneOffset: '+08:00',
    action: 'OBSERVE',
    bizStep: 'holding',
    disposition: 'recalled',
    ...(things.length > 0 && { epcList: things }),
    ...(lots.length > 0 && { quantityList: lots.map((epcClass) => ({ epcClass })) }),
  }
}

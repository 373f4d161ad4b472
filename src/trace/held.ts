import type { Fragment } from 'postgres'
import { Failure, invalid } from '../failure.ts'
import type { CodeReader } from './codes/index.ts'
import { SEPARATOR } from './columns.ts'
import { EdgeReader } from './edges.ts'
import { partyIn } from './places.ts'
import { onward, reach, withinReach } from './reach.ts'
import type { Scope, Tx } from './scope.ts'
import { behind, findByCode, keepLots, lotsByCode } from './serial-lots.ts'
import { stepsOn } from './steps.ts'

/** Held goods that somebody wanted to hand on. `at`: the place in what was sent, for the refusal. */
export type Refused = {
  orderId: string
  ownerId: string
  region: string
  title: string
  /** Whoever ordered it, by name. */
  orderer: string
  key: string
  name: string | null
  bizStep: string
  at: string
}

/** A refusal to hand held goods on; it knows what was held, so that whoever ordered it is told. */
export class GoodsHeld extends Failure {
  readonly refused: readonly Refused[]

  constructor(refused: readonly Refused[]) {
    const problems = refused.map((one) => ({ code: 'goods-held', text: textOf(one), at: one.at }))
    const first = problems[0]?.text ?? '货物已被封存'
    super(409, 'goods-held', problems.length > 1 ? `${first}（共 ${problems.length} 处）` : first, {
      problems,
      type: 'epcisException:ValidationException',
    })
    this.refused = refused
  }
}

const lotOrSerial = /\/(?:10|21)\/([^/]+)$/

function textOf({ key, name, title, orderer, bizStep }: Refused): string {
  const number = lotOrSerial.exec(key)?.[1]
  const goods = [name, number ? decodeURIComponent(number) : key.replace('https://id.gs1.org', '')]
    .filter((word) => word)
    .join(' ')
  const back = bizStep === 'packing' ? '请选“退货装箱”' : '请写明收货方'
  return `${goods} 已被封存（${title}），不能发货、装车、交付或销售。退回召回单位或送去销毁，${back}；有疑问请联系${orderer}`
}

/** So many things are looked through at once. */
export const WALK_LIMIT = 20_000

/** A moment at which things (ids of keys) are to be handed on: by whom, to whom (GLN) and by which step. */
type Moving = {
  keys: readonly string[]
  at: number
  ownerId: string
  to?: string
  bizStep: string
  place: string
  most?: number
}

/**
 * What of the things was held at that moment: itself, inside of them, or as what they were made of. Nothing where they go
 * back: to where the hold says, or to whoever had handed them on before. Whoever ordered the hold moves them as it must.
 * Throws a Failure where it is too much to look through: what was not looked at does not pass.
 */
async function heldIn(tx: Tx, reader: EdgeReader, moving: Moving): Promise<Refused[]> {
  const { keys, at, ownerId, to, bizStep, place, most = WALK_LIMIT } = moving
  const stays = keys.map((key) => ({ id: Number(key), from: at, until: at }))
  const { ids, truncated } = await behind(tx, reader, stays, most)
  const rows = await tx<Omit<Refused, 'bizStep' | 'at'>[]>`
    select distinct on (h.order_id) h.order_id as "orderId", h.owner_id as "ownerId", h.region, h.title, o.title as orderer, k.key,
      (select n.name from trace_name n where n.key = k.id order by n.event desc limit 1) as name
    from trace_hold h join trace_key k on k.id = h.key join owner o on o.id = h.owner_id
    where h.key = any(${ids}::bigint[]) and h.lifted_at is null and h.owner_id <> ${ownerId}
      and h.since <= to_timestamp(${at / 1_000_000}::float8)
      and not ${goesBack(tx, ids, to)}
    -- The nearest tells best what it is.
    order by h.order_id, array_position(${ids}::bigint[], h.key)`
  if (truncated && rows.length === 0) throw invalid([{ code: 'too-large', text: tooLarge, at: place }])
  return rows.map((row) => ({ ...row, bizStep, at: place }))
}

/**
 * The condition that goods (ids of keys) held under `h` go back: to where the order says, or to whoever had handed them on, and
 * said so, before the hold. What is said later opens no way.
 */
export function goesBack(tx: Tx, ids: string, to: string | undefined): Fragment {
  if (to === undefined) return tx`false`
  return tx`(${to} = any(h.return_glns) or exists (
    select from event_key b join event g on g.id = b.event join owner p on p.id = g.owner_id
    where b.key = any(${ids}::bigint[]) and p.gln = ${to} and g.biz_step in ('shipping', 'departing')
      and g.event_time < h.since and g.record_time < h.since and not g.declared))`
}

const tooLarge = '其中可能有封存货物，但内容太多，无法逐一核对：请分成几份上报，每份少一些货物'

const everything: Scope = { all: true }
const REFUSED_SHOWN = 100

/** What of a document is within reach of a hold: by what is recorded (ids of keys), and by codes alone. */
export type Touched = { known: readonly string[]; coded: readonly { key: string; lot: string }[] }

/** Looks by index for a document's things (canonical keys, parted by \\x01) within reach of a hold; undefined: none is. */
export async function touchedBy(tx: Tx, keys: string, codes: CodeReader | undefined): Promise<Touched | undefined> {
  const known = await withinReach(tx, keys)
  const coded = codes ? await lotsByCode(tx, codes, keys.split(SEPARATOR)) : []
  return known.length + coded.length === 0 ? undefined : { known, coded }
}

/** `ids`: of the events just stored, 0 where nothing was; `places`: where each stood in what was sent. */
type Stored = {
  touched: Touched
  ids: readonly string[]
  places: readonly string[]
  now: Date
  codes?: CodeReader | undefined
}

/**
 * Throws GoodsHeld where events just stored hand on what is held, by the steps that the rules table refuses
 * (`hold.step.…`).
 */
export async function refuseHeld(tx: Tx, { touched, ids, places, now, codes }: Stored): Promise<void> {
  const stored = `{${ids.join(',')}}`
  const reached = await reach(tx, [...touched.known, ...(await keepLots(tx, touched.coded))])
  if (codes) await findByCode(tx, codes, reached)
  await watchAgain(tx, stored, now)
  const rows = await tx<
    { id: string; at: string; ownerId: string; bizStep: string; destinations: string[] | null; keys: string[] }[]
  >`
    select e.id::text, (extract(epoch from e.event_time) * 1000000)::bigint::text as at, e.owner_id as "ownerId",
      e.biz_step as "bizStep", e.destinations, array_agg(distinct k.key::text) as keys
    from event e join event_key k on k.event = e.id
    where e.id = any(${stored}::bigint[]) and not e.declared
      and e.biz_step in (select h.step from (${stepsOn(tx, now)}) h where h.value > 0)
      and exists (select from event_key h join hold_reach r on r.key = h.key where h.event = e.id)
    group by e.id order by e.id`
  const reader = new EdgeReader(tx, everything, null)
  const refused: Refused[] = []
  for (const { id, at, ownerId, bizStep, destinations, keys } of rows) {
    const to = partyIn(destinations)
    const place = places[ids.indexOf(id)] ?? ''
    refused.push(...(await heldIn(tx, reader, { keys, at: Number(at), ownerId, bizStep, place, ...(to && { to }) })))
    if (refused.length >= REFUSED_SHOWN) break
  }
  if (refused.length > 0) throw new GoodsHeld(refused.slice(0, REFUSED_SHOWN))
}

/**
 * Has the movements looked into, under a hold, of whatever these events packed, made or gave a lot, and of what that is in: what they
 * say came late, or is undone by the error they declare.
 */
async function watchAgain(tx: Tx, events: string, now: Date): Promise<void> {
  await tx`
    insert into hold_watch (event)
    ${onward(
      tx,
      // A single thing that was not put elsewhere, after all, is where it had been.
      tx`select k.key from event_key k join trace_key t on t.id = k.key
        where k.event = any(${events}::bigint[])
          and (k.role in ('parent', 'output') or k.role <> 'input' and t.level not in ('class', 'lot', 'pattern'))`,
    )}
    select distinct e.id from onward o join event_key k on k.key = o.key join event e on e.id = k.event
    where not e.declared
      and greatest(e.event_time, e.record_time) >= (select min(h.since) from trace_hold h where h.lifted_at is null)
      and (e.biz_step = 'transporting' or e.biz_step in (select h.step from (${stepsOn(tx, now)}) h))
    on conflict do nothing`
}

/** Throws GoodsHeld where one of these things (canonical keys) is held, in what it is in, or of what it was made. */
export async function requireFree(
  tx: Tx,
  { at: place, now, ...mover }: { ownerId: string; bizStep: string; at: string; now: Date; most?: number },
  keys: readonly string[],
): Promise<void> {
  const known = await tx<{ id: string }[]>`
    select k.id::text from trace_key k join hold_reach r on r.key = k.id where k.key = any(${[...keys]}::text[])`
  if (known.length === 0) return
  const moving = { ...mover, keys: known.map(({ id }) => id), at: now.getTime() * 1000, place }
  const refused = await heldIn(tx, new EdgeReader(tx, everything, null), moving)
  if (refused.length > 0) throw new GoodsHeld(refused)
}

/** Keeps that somebody wanted to hand held goods on, for whoever ordered the hold. The same again is counted. */
export async function noteRefused(tx: Tx, ownerId: string, { refused }: GoodsHeld, now: Date): Promise<void> {
  for (const { orderId, key, bizStep } of refused) {
    await tx`
      insert into hold_refused as r (order_id, key, owner_id, biz_step, first_at, last_at)
      select ${orderId}, k.id, ${ownerId}, ${bizStep}, ${now}, ${now} from trace_key k where k.key = ${key}
      on conflict (order_id, key, owner_id) do update set times = r.times + 1, last_at = excluded.last_at,
        biz_step = excluded.biz_step`
  }
}

/** An attempt to hand held goods on that was refused: by whom, by which step, how often, last when. */
export type Attempt = { key: string; who: string; bizStep: string; times: number; lastAt: Date }

/** The attempts against the hold of an order, newest first. */
export async function attemptsOn(tx: Tx, orderId: string): Promise<Attempt[]> {
  return tx<Attempt[]>`
    select k.key, o.title as who, r.biz_step as "bizStep", r.times, r.last_at as "lastAt"
    from hold_refused r join trace_key k on k.id = r.key join owner o on o.id = r.owner_id
    where r.order_id = ${orderId} order by r.last_at desc limit 500`
}

/** Attempts that nobody was told of yet; taken once. */
export async function takeAttempts(
  tx: Tx,
  now: Date,
): Promise<(Attempt & { orderId: string; ownerId: string; region: string; title: string })[]> {
  return tx`
    with told as (
      update hold_refused set told_at = ${now} where told_at is null returning order_id, key, owner_id, biz_step, times, last_at
    )
    select t.order_id as "orderId", h.owner_id as "ownerId", h.region, h.title, k.key, o.title as who, t.biz_step as "bizStep",
      t.times, t.last_at as "lastAt"
    from told t join trace_hold h on h.order_id = t.order_id and h.key = t.key
    join trace_key k on k.id = t.key join owner o on o.id = t.owner_id`
}

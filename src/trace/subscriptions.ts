import { randomUUID } from 'node:crypto'
import { feedHorizon } from '../feed/index.ts'
import type { Scope, Tx } from './scope.ts'
import type { Position } from './subscriptions-arrivals.ts'
import type { Schedule } from './subscriptions-schedule.ts'

/** Most subscriptions that one owner has at a time. */
export const subscriptionsMax = 100

/** Somebody who is told of new events that a named query finds. */
export type Subscription = {
  id: string
  queryId: string
  dest: string
  epcFormat: string
  schedule: Schedule | null
  reportIfEmpty: boolean
  createdAt: Date
  initialRecordTime: Date
  minRecordTime: Date
  lastNotifiedAt: Date | null
  position: Position
  nextRunAt: Date | null
  attempts: number
  notBefore: Date
  lastError: string | null
}

export type NewSubscription = {
  id: string
  ownerId: string
  queryId: string
  accountId: string
  scope: Scope
  dest: string
  secret: Buffer | null
  epcFormat: string
  schedule: Schedule | null
  reportIfEmpty: boolean
  now: Date
  initialRecordTime: Date
  position: Position
  nextRunAt: Date | null
}

const columns = (tx: Tx) => tx`
  s.id, s.query_id as "queryId", s.dest, s.epc_format as "epcFormat", s.schedule,
  s.report_if_empty as "reportIfEmpty", s.created_at as "createdAt", s.initial_record_time as "initialRecordTime",
  s.min_record_time as "minRecordTime", s.last_notified_at as "lastNotifiedAt",
  json_build_object('xid', s.cursor_xid::text, 'seq', s.cursor_seq::text, 'taken', s.cursor_taken,
    'since', s.cursor_since::text) as position,
  s.next_run_at as "nextRunAt", s.attempts, s.not_before as "notBefore", s.last_error as "lastError"`

/** Keeps a subscription; false where the owner has too many. */
export async function subscribe(tx: Tx, one: NewSubscription): Promise<boolean> {
  const rows = await tx`
    insert into epcis_subscription (id, owner_id, query_id, account_id, scope, dest, secret, epc_format, schedule,
      report_if_empty, created_at, initial_record_time, min_record_time, cursor_xid, cursor_seq, cursor_since, next_run_at)
    select ${one.id}, ${one.ownerId}, ${one.queryId}, ${one.accountId}, ${JSON.stringify(one.scope)}::text::jsonb, ${one.dest},
      ${one.secret}, ${one.epcFormat}, ${one.schedule ? JSON.stringify(one.schedule) : null}::text::jsonb,
      ${one.reportIfEmpty}, ${one.now}, ${one.initialRecordTime}, ${one.initialRecordTime},
      ${one.position.xid}::text::xid8, ${one.position.seq}::bigint,
      ${one.position.since}::text::pg_snapshot, ${one.nextRunAt}
    where (select count(*) from epcis_subscription where owner_id = ${one.ownerId} and ended_at is null) < ${subscriptionsMax}
    returning id`
  return rows.length > 0
}

/** A page of the subscriptions to a query, oldest first. */
export async function subscriptions(
  tx: Tx,
  queryId: string,
  page: { limit: number; after?: string },
): Promise<{ subscriptions: Subscription[]; next?: string }> {
  const rows = await tx<Subscription[]>`
    select ${columns(tx)} from epcis_subscription s
    where s.query_id = ${queryId} and s.ended_at is null ${page.after ? tx`and s.id > ${page.after}` : tx``}
    order by s.id limit ${page.limit + 1}`
  const shown = rows.slice(0, page.limit)
  return { subscriptions: shown, ...(rows.length > page.limit && { next: shown.at(-1)?.id }) }
}

export async function subscription(tx: Tx, queryId: string, id: string): Promise<Subscription | undefined> {
  const [row] = await tx<Subscription[]>`
    select ${columns(tx)} from epcis_subscription s
    where s.query_id = ${queryId} and s.id = ${id} and s.ended_at is null`
  return row
}

/** Ends a subscription; false where there is none that runs. */
export async function endSubscription(tx: Tx, id: string, reason: string, now: Date): Promise<boolean> {
  const rows = await tx`
    update epcis_subscription set ended_at = ${now}, end_reason = ${reason}
    where id = ${id} and ended_at is null returning id`
  return rows.length > 0
}

/** A subscription that one process delivers for now, with all that it needs. */
export type Claimed = Subscription & {
  lease: string
  scope: Scope
  secret: Buffer | null
  queryName: string
  query: Readonly<Record<string, unknown>>
  /** Whether its account is still open, and still what it was. */
  isOpen: boolean
}

/**
 * Takes the next subscription that is due for one process: its time has come or events wait, and no other process holds
 * it. The lease lapses by itself where the process dies.
 */
export async function claimDue(tx: Tx, now: Date, leaseSeconds: number): Promise<Claimed | undefined> {
  const lease = randomUUID()
  const horizon = await feedHorizon(tx)
  const [row] = await tx<Claimed[]>`
    update epcis_subscription s set lease = ${lease}, lease_until = now() + ${leaseSeconds} * interval '1 second'
    from epcis_query q
    where q.id = s.query_id and s.id = (
      select d.id from epcis_subscription d
      where d.ended_at is null and d.not_before <= now() and (d.lease_until is null or d.lease_until < now())
        and case when d.schedule is null
          then exists (select from event_arrival a where (a.xid, a.seq) > (d.cursor_xid, d.cursor_seq)
            and a.xid < ${horizon}::text::xid8
            and (d.cursor_since is null or not pg_visible_in_snapshot(a.xid, d.cursor_since)))
          else d.next_run_at <= ${now} end
      order by d.not_before limit 1 for update skip locked)
    returning ${columns(tx)}, s.lease, s.scope, s.secret, q.name as "queryName", q.definition as query,
      exists (select from account a where a.id = s.account_id and a.disabled_at is null and a.owner_id = s.owner_id
        and a.role = case when s.scope ? 'ownerId' then 'enterprise' when s.scope ? 'city' then 'city' else 'county' end
      ) as "isOpen"`
  return row
}

/** Notes how far the holder of a lease has come and holds it longer; false where the lease has gone to another. */
export async function advance(
  tx: Tx,
  { id, lease }: Claimed,
  { position, notified, now, leaseSeconds }: { position: Position; notified: boolean; now: Date; leaseSeconds: number },
): Promise<boolean> {
  const rows = await tx`
    update epcis_subscription set cursor_xid = ${position.xid}::text::xid8, cursor_seq = ${position.seq}::bigint,
      cursor_taken = ${position.taken}, attempts = 0, last_error = null, min_record_time = ${now},
      last_notified_at = ${notified ? now : tx`last_notified_at`},
      lease_until = now() + ${leaseSeconds} * interval '1 second'
    where id = ${id} and lease = ${lease} returning id`
  return rows.length > 0
}

/** Gives a subscription back: done until its next time. */
export async function release(tx: Tx, { id, lease }: Claimed, nextRunAt: Date | null): Promise<void> {
  await tx`
    update epcis_subscription set lease = null, lease_until = null, not_before = now(), next_run_at = ${nextRunAt}
    where id = ${id} and lease = ${lease}`
}

/** Gives a subscription back after a failure: not to be tried again before a while that doubles each time, up to an hour. */
export async function postpone(tx: Tx, { id, lease, attempts }: Claimed, reason: string): Promise<void> {
  const seconds = Math.min(2 ** Math.min(attempts, 12), 3600) * (0.8 + Math.random() * 0.4)
  await tx`
    update epcis_subscription set lease = null, lease_until = null, attempts = attempts + 1, last_error = ${reason},
      not_before = now() + ${seconds} * interval '1 second'
    where id = ${id} and lease = ${lease}`
}

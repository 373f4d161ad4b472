import type { Sql } from 'postgres'
import {
  advance,
  arrivals,
  type Claimed,
  claimDue,
  type EventQuery,
  endSubscription,
  events,
  nextTime,
  type Position,
  postpone,
  release,
  type Scope,
} from '../../../trace/index.ts'
import { queryDocument } from '../epcis-document.ts'
import type { House } from '../house.ts'
import { allowedNetworks, postHook } from './hook.ts'
import { readDefinition } from './queries.ts'
import { subscriptionAbout } from './subscriptions.ts'
import { announced, type EpcFormat } from './terms.ts'

/** Events looked at for one message. */
const batchMax = 500
const leaseSeconds = 60
const pollMs = 250
/** Subscriptions served at the same time by one process. */
const atOnceMax = 4

export type Standing = {
  query: EventQuery
  scope: Scope
  epcFormat: EpcFormat
  queryName: string
  subscriptionId?: string
}

/** The next message of a standing query: the events that arrived and match, how far that reaches, and whether more wait. */
export async function nextMessage(
  { sql, clock }: Pick<House, 'sql' | 'clock'>,
  standing: Standing,
  from: Position,
): Promise<{ position: Position; count: number; text: () => string; more: boolean }> {
  const { ids, position, more } = await arrivals(sql, from, batchMax)
  const order = { by: 'recordTime', descending: false } as const
  const found =
    ids.length === 0
      ? { events: [], contexts: new Map<number, unknown>() }
      : await events(sql, standing.scope, { ...standing.query, ids }, { order, limit: ids.length })
  const forms = { epcFormat: standing.epcFormat, xmlFormat: 'No_Preference' } as const
  return { position, count: found.events.length, more, text: () => queryDocument(found, clock(), forms, standing) }
}

/** Only what was recorded from a time on. */
export function recordedFrom(query: EventQuery, time: Date): EventQuery {
  const { recordTimeFrom } = query
  return { ...query, recordTimeFrom: recordTimeFrom && recordTimeFrom > time ? recordTimeFrom : time }
}

/** Whether an account may still be told anything. */
export async function isAccountOpen(sql: Sql, accountId: string): Promise<boolean> {
  const [row] = await sql`select from account where id = ${accountId} and disabled_at is null`
  return row !== undefined
}

/** Delivers one claimed subscription up to what has arrived by now. Throws where the subscriber does not accept. */
async function deliver(house: House, claimed: Claimed): Promise<void> {
  const { sql, clock, keyring } = house
  const search = readDefinition(claimed.query)
  const isFromStart = claimed.position.since === null
  const standing: Standing = {
    query: isFromStart ? recordedFrom(search.query, claimed.initialRecordTime) : search.query,
    scope: claimed.scope,
    epcFormat: claimed.epcFormat as EpcFormat,
    queryName: claimed.queryName,
    subscriptionId: claimed.id,
  }
  const secret = claimed.secret && keyring.open(claimed.secret, subscriptionAbout(claimed.id))
  const headers = { 'GS1-EPCIS-Version': '2.0.0', 'GS1-CBV-Version': '2.0.0', 'GS1-EPC-Format': claimed.epcFormat }
  const allowed = allowedNetworks(house.dataDir)
  let { position } = claimed
  let hasReported = false
  for (;;) {
    const message = await nextMessage(house, standing, position)
    const isEmptyReport = claimed.reportIfEmpty && !message.more && !hasReported && claimed.schedule !== null
    const notified = message.count > 0 || isEmptyReport
    if (notified) {
      await postHook(claimed.dest, message.text(), { secret, allowed, headers: { ...announced, ...headers } })
      hasReported = true
    }
    position = message.position
    const isHeld = await advance(sql, claimed, { position, notified, now: clock(), leaseSeconds })
    if (!isHeld || !message.more) break
  }
  await release(sql, claimed, claimed.schedule ? (nextTime(claimed.schedule, clock()) ?? null) : null)
}

async function serve(house: House, claimed: Claimed): Promise<void> {
  if (!claimed.isOpen) {
    await endSubscription(house.sql, claimed.id, 'account-closed', house.clock())
    return
  }
  try {
    await deliver(house, claimed)
  } catch (error) {
    await postpone(house.sql, claimed, (error instanceof Error ? error.message : String(error)).slice(0, 500))
  }
}

export type Deliveries = { stop(): Promise<void> }

/**
 * Delivers subscriptions as they fall due. May run in several processes: each subscription is leased to one. How far it
 * has come is kept in the database, so that a start goes on where the last one ended.
 */
export function startDeliveries(house: House, quiet: boolean): Deliveries {
  const onError = (error: unknown) => {
    if (!quiet) console.error('订阅推送出错，稍后重试：', error)
  }
  const running = new Set<Promise<void>>()
  let isStopping = false
  const round = async () => {
    while (!isStopping && running.size < atOnceMax) {
      const claimed = await claimDue(house.sql, house.clock(), leaseSeconds)
      if (!claimed) return
      const work: Promise<void> = serve(house, claimed)
        .catch(onError)
        .finally(() => running.delete(work))
      running.add(work)
    }
  }
  let polling: Promise<void> = Promise.resolve()
  let isPolling = false
  const timer = setInterval(() => {
    if (isPolling) return
    isPolling = true
    polling = round()
      .catch(onError)
      .finally(() => {
        isPolling = false
      })
  }, pollMs)
  timer.unref()
  return {
    stop: async () => {
      isStopping = true
      clearInterval(timer)
      await polling
      await Promise.all(running)
    },
  }
}

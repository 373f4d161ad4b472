import { Failure } from '../failure.ts'
import type { ParsedEvent } from '../standards/epcis/index.ts'
import { Batch, type Readers } from './batch.ts'
import { movesOn } from './hold.ts'
import { eventDigest, type Identity, identityOf } from './identity.ts'
import type { Tx } from './scope.ts'

/** Whose data the events are: the subject or authority that captures them, and its region (GB/T 2260, six digits). */
export type Capturer = { ownerId: string; region: string }

export type AppendContext = {
  /** The @context of the document the events came in. */
  context: unknown
  recordTime: Date
  /** Recorded as a capture job under this id (a uuid) where given. */
  job?: { id: string; startedAt: Date; errorBehaviour: 'rollback' | 'proceed' }
  /** JSON pointer of the event list, for refusals. */
  at?: string
}

export type Outcome = 'stored' | 'known'

/**
 * Stores events with their keys, links and graph edges in one database call, all or none, and says of each in order
 * whether it is new. Idempotent: an event whose eventID or whose content is already there is `known` and not stored again.
 * Throws Failure 409 where an eventID is taken by other content, 422 where a value does not fit. Runs under READ COMMITTED.
 */
export async function append(
  tx: Tx,
  capturer: Capturer,
  events: readonly ParsedEvent[],
  context: AppendContext,
): Promise<Outcome[]> {
  const at = context.at ?? '/epcisBody/eventList'
  const { first, identities } = withoutRepeats(events, at)
  const readers = await readersOf(tx, capturer, events)
  const batch = new Batch()
  for (const index of first) {
    const event = events[index] as ParsedEvent
    const seenBy = readers(event)
    batch.add(event, identities[index] as Identity, seenBy, `${at}/${index}`)
    if (!event.errorDeclaration && movesOn(event.bizStep)) batch.moving.push([batch.count])
    for (const gln of seenBy.unclaimed) batch.unclaimed.push([batch.count, gln])
  }
  batch.check()
  const ids = await call(tx, capturer, batch, events.length - first.length, context).catch((error: unknown) => {
    throw refusal(error, (number) => {
      const index = first[number - 1] as number
      return conflict((events[index] as ParsedEvent).eventId, `${at}/${index}`)
    })
  })
  const outcomes = events.map((): Outcome => 'known')
  for (const [i, index] of first.entries()) if (ids[i] !== '0') outcomes[index] = 'stored'
  return outcomes
}

/** The first of each event in the document; throws where one eventID comes with two contents. */
function withoutRepeats(events: readonly ParsedEvent[], at: string): { first: number[]; identities: Identity[] } {
  const identities = events.map(identityOf)
  const contents = new Set<string>()
  const byId = new Map<string, Identity>()
  const first = identities.flatMap((identity, index) => {
    const name = `${identity.eventDigest}${identity.declared}`
    const earlier = byId.get(name)
    if (earlier && earlier.contentDigest !== identity.contentDigest) {
      throw conflict((events[index] as ParsedEvent).eventId, `${at}/${index}`)
    }
    byId.set(name, identity)
    if (contents.has(identity.contentDigest)) return []
    contents.add(identity.contentDigest)
    return [index]
  })
  return { first, identities }
}

/** Who may see an event: its capturer and every owner whose GLN it names, and the authorities over all of those. */
async function readersOf(
  tx: Tx,
  capturer: Capturer,
  events: readonly ParsedEvent[],
): Promise<(event: ParsedEvent) => Readers & { unclaimed: string[] }> {
  const glns = new Set(events.flatMap((event) => event.glns))
  const owners =
    glns.size === 0
      ? []
      : await tx<{ gln: string; id: string; region: string }[]>`
          select gln, id, region from owner where gln = any(${[...glns]}::text[])`
  const byGln = new Map(owners.map((owner) => [owner.gln, owner]))
  return (event) => {
    const partyIds = new Set([capturer.ownerId])
    const regions = new Set([capturer.region, cityOf(capturer.region)])
    const unclaimed: string[] = []
    for (const gln of event.glns) {
      const owner = byGln.get(gln)
      if (!owner) {
        unclaimed.push(gln)
        continue
      }
      partyIds.add(owner.id)
      regions.add(owner.region)
      regions.add(cityOf(owner.region))
    }
    return { partyIds: `{${[...partyIds].join(',')}}`, regions: `{${[...regions].join(',')}}`, unclaimed }
  }
}

/** The city's own code: the first four digits of GB/T 2260 with two zeros. */
function cityOf(region: string): string {
  return `${region.slice(0, 4)}00`
}

async function call(
  tx: Tx,
  capturer: Capturer,
  batch: Batch,
  repeats: number,
  context: AppendContext,
): Promise<string[]> {
  const { keys, events, links, edges, ends, names, unclaimed, moving } = batch
  const contextText = JSON.stringify(context.context ?? null)
  const rows = await tx<{ ids: string }[]>`with stored as materialized (select append_events(
    ${capturer.ownerId}, ${context.job?.id ?? null}, ${context.job?.errorBehaviour ?? null}, ${repeats},
    ${context.job?.startedAt ?? null}, ${context.recordTime},
    ${eventDigest(contextText)}, ${contextText},
    ${keys.text('key')}, ${keys.text('level')}, ${keys.text('gtin')}, ${keys.text('lot')}, ${keys.text('serial')},
    ${events.array('eventDigest')}, ${events.array('declared')}, ${events.array('contentDigest')},
    ${events.array('hash')}, ${events.array('eventTime')},
    ${events.text('eventId')}, ${events.text('type')}, ${events.text('action')}, ${events.text('tzOffset')},
    ${events.text('bizStep')}, ${events.text('disposition')}, ${events.text('readPoint')},
    ${events.text('bizLocation')}, ${events.text('transformationId')}, ${events.text('sources')},
    ${events.text('destinations')}, ${events.text('bizTransactions')}, ${events.text('partyIds')},
    ${events.text('regions')}, ${events.text('document')},
    ${links.array('event')}, ${links.array('key')}, ${links.array('quantity')}, ${links.text('role')},
    ${links.text('uom')},
    ${edges.array('event')}, ${edges.array('src')}, ${edges.array('dst')}, ${edges.text('kind')},
    ${ends.array('event')}, ${ends.array('parent')}, ${ends.array('child')}, ${ends.array('partial')},
    ${names.array('event')}, ${names.array('key')}, ${names.text('name')}
  ) as ids), noted as (
    insert into event_unclaimed (gln, event)
    select u.gln, s.ids[u.ev]
    from stored s cross join lateral unnest(${unclaimed.array('event')}::int[], ${unclaimed.array('gln')}::text[]) u (ev, gln)
    where s.ids[u.ev] <> 0 on conflict do nothing
  ), watched as (
    insert into hold_watch (event)
    select s.ids[u.ev] from stored s cross join lateral unnest(${moving.array('event')}::int[]) u (ev)
    where s.ids[u.ev] <> 0 and exists (select from trace_hold where lifted_at is null) on conflict do nothing
  ) select array_to_string(ids, ',') as ids from stored`
  return (rows[0]?.ids ?? '').split(',')
}

/** The 409 that says which event stands against another of the same id. */
function conflict(eventId: string, at: string): Failure {
  const text = `事件 ${eventId} 已经存在，但内容不同：同一事件编号只能对应一个内容，更正请另报错误声明和更正事件`
  return new Failure(409, 'event-id-taken', text, {
    problems: [{ code: 'event-id-taken', text, at: `${at}/eventID` }],
    type: 'epcisException:ValidationException',
  })
}

function refusal(error: unknown, onClash: (number: number) => Failure): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  if (error.code === 'SH409') return onClash(Number(error.message))
  return error
}

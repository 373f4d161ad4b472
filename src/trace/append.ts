import type { Sql, TransactionSql } from 'postgres'
import { Failure } from '../failure.ts'
import type { ParsedEvent } from '../standards/epcis/index.ts'
import { Batch } from './batch.ts'
import type { CodeReader } from './codes/index.ts'
import { Columns, SEPARATOR } from './columns.ts'
import { refuseHeld, type Touched, touchedBy } from './held.ts'
import { eventDigest, type Identity, identityOf } from './identity.ts'
import type { Tx } from './scope.ts'
import { stepsOn } from './steps.ts'

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
  /** Of this installation: while goods are held, a thing's lot may be known by its code alone. */
  codes?: CodeReader
}

export type Outcome = 'stored' | 'known'

/** A document's events as they go to the database. It holds nothing of what they were made from. */
export type Prepared = {
  readonly context: AppendContext
  /** Of each event of the document its place among those that are sent; -1 where it repeats an earlier one. */
  readonly places: readonly number[]
  /** Their ids and places in the document, for refusals. */
  readonly sent: readonly { eventId: string; at: string }[]
  readonly rows: ReturnType<typeof rowsOf>
  readonly glns: readonly (readonly string[])[]
  readonly shapes: readonly number[]
  /** The step of each shape. */
  readonly steps: string
}

/**
 * Stores events with their keys, links and graph edges in one database call, all or none, and says of each in order
 * whether it is new. Idempotent: an event whose eventID or whose content is already there is `known` and not stored again.
 * Throws Failure 409 where an eventID is taken by other content or held goods are handed on (GoodsHeld), 422 where a value
 * does not fit. Runs under READ COMMITTED.
 */
export async function append(
  tx: Tx,
  capturer: Capturer,
  events: readonly ParsedEvent[],
  context: AppendContext,
): Promise<Outcome[]> {
  return appendPrepared(tx, capturer, prepare(events, context))
}

/**
 * The half of `append` that needs no database; it throws what can be refused without one. Whoever lets the events go before
 * `appendPrepared` waits spares the memory of the documents that are on their way at the same time.
 */
export function prepare(events: readonly ParsedEvent[], context: AppendContext): Prepared {
  const at = context.at ?? '/epcisBody/eventList'
  const { first, identities } = withoutRepeats(events, at)
  const batch = new Batch()
  for (const index of first) {
    batch.add(events[index] as ParsedEvent, identities[index] as Identity, `${at}/${index}`)
  }
  batch.check()
  const places = events.map(() => -1)
  for (const [place, index] of first.entries()) places[index] = place
  return {
    context,
    places,
    sent: first.map((index) => ({ eventId: (events[index] as ParsedEvent).eventId, at: `${at}/${index}` })),
    rows: rowsOf(batch),
    glns: batch.glns,
    shapes: batch.events.of('shape') as number[],
    steps: batch.shapes.text('bizStep'),
  }
}

/** The other half of `append`; may be tried again with the same. */
export async function appendPrepared(tx: Tx, capturer: Capturer, prepared: Prepared): Promise<Outcome[]> {
  for (;;) {
    const { readers, turn, isHolding } = await readersOf(tx, capturer, prepared.glns)
    const store = (inner: Tx) =>
      call(inner, capturer, prepared, { readers, turn }).catch((error: unknown) => {
        throw refusal(error, (number) => {
          const { eventId, at } = prepared.sent[number - 1] as { eventId: string; at: string }
          return conflict(eventId, at)
        })
      })
    const touched = isHolding ? await touchedBy(tx, prepared.rows.keys[0] ?? '', prepared.context.codes) : undefined
    const ids = touched ? await storeUnlessHeld(tx, prepared, touched, store) : await store(tx)
    // A hold was placed meanwhile: what it reaches has to be looked for.
    if (!ids) continue
    return prepared.places.map((place) => (place >= 0 && ids[place] !== '0' ? 'stored' : 'known'))
  }
}

/** Stores, and takes it back where what was stored hands held goods on: only then it is known what is in what. */
async function storeUnlessHeld(
  tx: Tx,
  { sent, context }: Prepared,
  touched: Touched,
  store: (inner: Tx) => Promise<string[] | undefined>,
): Promise<string[] | undefined> {
  const work = async (inner: Tx): Promise<string[] | undefined> => {
    const ids = await store(inner)
    const { recordTime: now, codes } = context
    if (ids) await refuseHeld(inner, { touched, ids, places: sent.map(({ at }) => at), now, codes })
    return ids
  }
  const within = 'savepoint' in tx ? (tx as TransactionSql).savepoint(work) : (tx as Sql).begin(work)
  return (await within) as string[] | undefined
}

/** The first of each event in the document; throws where one eventID comes with two contents. Its error may be declared twice. */
function withoutRepeats(events: readonly ParsedEvent[], at: string): { first: number[]; identities: Identity[] } {
  const identities = events.map(identityOf)
  const contents = new Set<string>()
  const byId = new Map<string, Identity>()
  const first = identities.flatMap((identity, index) => {
    if (!identity.declared) {
      const earlier = byId.get(identity.eventDigest)
      if (earlier && earlier.contentDigest !== identity.contentDigest) {
        throw conflict((events[index] as ParsedEvent).eventId, `${at}/${index}`)
      }
      byId.set(identity.eventDigest, identity)
    }
    if (contents.has(identity.contentDigest)) return []
    contents.add(identity.contentDigest)
    return [index]
  })
  return { first, identities }
}

/** Who may see the events of each shape, as array literals of PostgreSQL, and the GLNs that are nobody's here yet. */
type Readers = { partyIds: string; regions: string; unclaimed: string[] }

/**
 * Who may see an event: its capturer and every owner whose GLN it names, and the authorities over all of those. Asked along:
 * how many holds were ever placed, and whether any goods are held at all.
 */
async function readersOf(
  tx: Tx,
  capturer: Capturer,
  glns: Prepared['glns'],
): Promise<{ readers: Readers[]; turn: string; isHolding: boolean }> {
  const named = [...new Set(glns.flat())]
  const rows = await tx<{ gln: string; id: string; region: string }[]>`
    select gln, id::text, region from owner where gln = any(${named}::text[])
    union all select '', n::text, case when exists (select from hold_reach) then 'held' else '' end from hold_turn`
  const byGln = new Map(rows.map((owner) => [owner.gln, owner]))
  const readers = glns.map((own) => {
    const partyIds = new Set([capturer.ownerId])
    const regions = new Set([capturer.region, cityOf(capturer.region)])
    const unclaimed: string[] = []
    for (const gln of own) {
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
  })
  const holds = byGln.get('')
  return { readers, turn: holds?.id ?? '0', isHolding: holds?.region === 'held' }
}

/** The city's own code: the first four digits of GB/T 2260 with two zeros. */
function cityOf(region: string): string {
  return `${region.slice(0, 4)}00`
}

/** The columns of a document's rows as the database takes them, all but who may see the events. */
function rowsOf(batch: Batch) {
  const { keys, keyShapes, events, shapes, links, edges, ends, names } = batch
  const hasQuantities = links.of('quantity').some((quantity) => quantity !== undefined)
  return {
    keys: [keys.text('key'), keys.text('serial'), keys.array('shape'), batch.keyOrder()],
    keyShapes: [keyShapes.text('level'), keyShapes.text('gtin'), keyShapes.text('lot')],
    events: ['eventDigest', 'declared', 'contentDigest', 'hash', 'eventTime'].map((name) => events.array(name)),
    texts: [events.text('eventId'), events.text('document'), events.array('shape'), batch.eventOrder()],
    shapes: shapes.names.map((name) => shapes.text(name)),
    links: ['event', 'key', 'role'].map((name) => links.array(name)),
    amounts: hasQuantities ? [links.array('quantity'), links.text('uom')] : [null, ''],
    edges: edges.names.map((name) => edges.array(name)),
    ends: ends.names.map((name) => ends.array(name)),
    names: [names.array('event'), names.array('key'), names.text('name')],
  }
}

/** Stores; undefined where a hold was placed since `turn` was read: nothing was stored. */
async function call(
  tx: Tx,
  capturer: Capturer,
  prepared: Prepared,
  { readers, turn }: { readers: readonly Readers[]; turn: string },
): Promise<string[] | undefined> {
  const { context, rows, places, sent } = prepared
  const contextText = JSON.stringify(context.context ?? null)
  const unclaimed = new Columns(['event', 'gln'])
  for (const [place, shape] of prepared.shapes.entries()) {
    for (const gln of readers[shape - 1]?.unclaimed ?? []) unclaimed.push([place + 1, gln])
  }
  const parties = readers.map(({ partyIds }) => partyIds).join(SEPARATOR)
  const regions = readers.map((one) => one.regions).join(SEPARATOR)
  const listed = (values: readonly (string | null)[]) =>
    values.map((value) => tx`${value}`).reduce((all, one) => tx`${all}, ${one}`)
  const [row] = await tx<{ ids: string }[]>`with gate as materialized (select hold_gate(${turn}) as open),
  stored as materialized (select store_captured(
    ${capturer.ownerId}, ${context.job?.id ?? null}, ${context.job?.errorBehaviour ?? null}, ${places.length - sent.length},
    ${context.job?.startedAt ?? null}, ${context.recordTime},
    ${eventDigest(contextText)}, ${contextText},
    ${listed(rows.keys)}, ${listed(rows.keyShapes)}, ${listed(rows.events)}, ${listed(rows.texts)},
    ${listed(rows.shapes)}, ${parties}, ${regions},
    ${listed(rows.links)}, ${listed(rows.amounts)}, ${listed(rows.edges)}, ${listed(rows.ends)}, ${listed(rows.names)}
  ) as ids from gate where open), noted as (
    insert into event_unclaimed (gln, event)
    select u.gln, s.ids[u.ev]
    from stored s cross join lateral unnest(${unclaimed.array('event')}::int[], ${unclaimed.array('gln')}::text[]) u (ev, gln)
    where s.ids[u.ev] <> 0 on conflict do nothing
  ), watched as (
    insert into hold_watch (event)
    select s.ids[u.ev]
    from stored s cross join lateral unnest(${`{${prepared.shapes.join(',')}}`}::int[]) with ordinality u (shape, ev)
    where s.ids[u.ev] <> 0 and exists (select from trace_hold where lifted_at is null)
      -- What is under way already is no act of handing on, but is told.
      and (string_to_array(${prepared.steps}, chr(1)))[u.shape] in (
        select h.step from (${stepsOn(tx, context.recordTime)}) h union all select 'transporting')
    on conflict do nothing
  ) select array_to_string(ids, ',') as ids from stored`
  return row?.ids.split(',')
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

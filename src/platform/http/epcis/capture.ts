import type { FastifyReply, FastifyRequest } from 'fastify'
import { Failure, type Problem } from '../../../failure.ts'
import type { ParsedDocument } from '../../../standards/epcis/index.ts'
import {
  append,
  appendPrepared,
  eventsById,
  GoodsHeld,
  masterDataOf,
  type Outcome,
  type Prepared,
  prepare,
  storeMasterData,
  takenEvents,
} from '../../../trace/index.ts'
import type { Actor } from '../../access/actor.ts'
import { uuidv7 } from '../../id.ts'
import { keepAttempt } from '../attempts.ts'
import { type ErrorBehaviour, recordJob } from '../capture-jobs.ts'
import { eventText } from '../epcis-document.ts'
import type { House } from '../house.ts'
import { parseJson } from '../json.ts'
import { scopeOf } from '../trace.ts'
import { type Body, type Incoming, jsonOf, listPlace, readGood, readWhole, refusal } from './incoming.ts'
import { chooseMedia, isXml, jsonMedia } from './media.ts'
import { readExtensions, readForms } from './terms.ts'

const documents = ['EPCISDocument', 'EPCISQueryDocument'] as const

/** Problems that an answer names; the job tells them all. */
const problemsShown = 100

type Job = { id: string; startedAt: Date; errorBehaviour: ErrorBehaviour }
type Taken = { stored: number; known: number; refused: readonly Problem[] }

/**
 * `POST /epcis/capture`: all or nothing, or what is good where the client says so. A document that breaks a rule is refused
 * with 400. One that is sound but uses an eventID that stands for other content has been received: its job has failed.
 */
export async function capture(house: House, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const startedAt = house.clock()
  const job: Job = { id: uuidv7(startedAt.getTime()), startedAt, errorBehaviour: behaviourOf(request) }
  const work = async (body: Body) => {
    if (job.errorBehaviour === 'rollback') return storeWhole(house, request.actor, body, job)
    const incoming = readGood(body, documents)
    const taken = await store(house, request.actor, incoming, job)
    await keepMasterData(house, request.actor, body, incoming.document.kind)
    if (taken.refused.length > 0) await putAside(house, request, body, refusal(taken.refused))
    return taken
  }
  const { stored, known, refused } = await keepRefused(house, request, work).catch(async (error: unknown) => {
    if (!isTaken(error)) throw error
    const nothing: Taken = { stored: 0, known: 0, refused: error.problems }
    await recordJob(house.sql, request.actor.ownerId, { ...job, ...nothing, finishedAt: house.clock() })
    return nothing
  })
  return reply
    .code(202)
    .header('Location', `/epcis/capture/${job.id}`)
    .header('GS1-Capture-Error-Behaviour', job.errorBehaviour)
    .send({
      captureID: job.id,
      running: false,
      success: refused.length === 0,
      stored,
      known,
      refused: refused.length,
      problems: refused.slice(0, problemsShown),
    })
}

function bodyOf(request: FastifyRequest): Body {
  const text = String(request.body ?? '')
  return { text, isXml: isXml(request.headers['content-type']), extensions: readExtensions(request) }
}

function behaviourOf(request: FastifyRequest): ErrorBehaviour {
  const behaviour = request.headers['gs1-capture-error-behaviour'] ?? 'rollback'
  if (behaviour === 'rollback' || behaviour === 'proceed') return behaviour
  throw new Failure(400, 'error-behaviour', 'GS1-Capture-Error-Behaviour 只能是 rollback、proceed')
}

class Tried extends Error {
  readonly outcomes: readonly Outcome[]
  constructor(outcomes: readonly Outcome[]) {
    super('tried')
    this.outcomes = outcomes
  }
}

/** Captures a document or an event and takes it back: what is wrong with it is told as a capture would, nothing is kept. */
export async function tryCapture(house: House, request: FastifyRequest): Promise<{ events: number; known: number }> {
  const body = bodyOf(request)
  const { document } = readWhole(body, [...documents, 'event'])
  try {
    return await house.sql.begin(async (tx) => {
      throw new Tried(await append(tx, capturerOf(request.actor), document.events, contextOf(house, document)))
    })
  } catch (error) {
    if (!(error instanceof Tried)) throw isTaken(error) ? clash(error, 400, 'ValidationException') : error
    return { events: error.outcomes.length, known: counted(error.outcomes).known }
  }
}

/** `POST /epcis/events`: one event. The same again is answered as when it was new, and said to be known in a header. */
export async function captureOne(house: House, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const forms = readForms(request)
  chooseMedia(request.headers.accept, jsonMedia)
  const { document, outcome } = await keepRefused(house, request, async (body) => {
    const { document } = readWhole(body, ['event'])
    const [outcome] = await retried(() =>
      append(house.sql, capturerOf(request.actor), document.events, contextOf(house, document)),
    )
    return { document, outcome }
  }).catch((error: unknown) => {
    throw isTaken(error) && !(error instanceof GoodsHeld) ? clash(error, 409, 'ResourceAlreadyExistsException') : error
  })
  const eventId = document.events[0]?.eventId ?? ''
  const found = await eventsById(house.sql, scopeOf(request.actor), eventId)
  const event = found.events.at(-1)
  return reply
    .code(201)
    .header('Shisu-Outcome', outcome ?? 'stored')
    .header('Location', `/epcis/events/${encodeURIComponent(eventId)}`)
    .type('application/json; charset=utf-8')
    .send(event ? eventText(event, forms, found.contexts.get(event.contextId)) : '{}')
}

const isTaken = (error: unknown): error is Failure => error instanceof Failure && error.status === 409

const clash = ({ code, text, problems }: Failure, status: number, exception: string) =>
  new Failure(status, code, text, { problems, type: `epcisException:${exception}` })

const capturerOf = ({ ownerId, region }: Actor) => ({ ownerId, region })

const contextOf = (house: House, document: ParsedDocument, at = listPlace[document.kind]) => ({
  context: document.context,
  recordTime: house.clock(),
  at,
  codes: house.codes,
})

/** Stores all events of a document and records the job, together or not at all. */
async function storeWhole(house: House, actor: Actor, body: Body, job: Job): Promise<Taken> {
  const { kind, prepared } = prepareWhole(house, body, job)
  const outcomes = await retried(() => appendPrepared(house.sql, capturerOf(actor), prepared))
  await keepMasterData(house, actor, body, kind)
  return { ...counted(outcomes), refused: [] }
}

/** Apart, so that the document is let go before the database is waited for: four that wait at once were copied about in memory. */
function prepareWhole(house: House, body: Body, job: Job): { kind: ParsedDocument['kind']; prepared: Prepared } {
  const { document } = readWhole(body, documents)
  return { kind: document.kind, prepared: prepare(document.events, { ...contextOf(house, document), job }) }
}

/** Stores what is good, all of it where that can be, and records the job. */
async function store(house: House, actor: Actor, incoming: Incoming, job: Job): Promise<Taken> {
  const { document, refused } = incoming
  if (refused.length === 0) {
    try {
      const context = { ...contextOf(house, document), job }
      const outcomes = await retried(() => append(house.sql, capturerOf(actor), document.events, context))
      return { ...counted(outcomes), refused }
    } catch (error) {
      const isRule = error instanceof Failure && (error.status === 409 || error.status === 422)
      if (!isRule) throw error
    }
  }
  return retried(() => storeGood(house, actor, incoming, job))
}

/** Stores what can be stored. An event whose eventID is taken, or that does not fit, is told and left out. */
async function storeGood(house: House, actor: Actor, incoming: Incoming, job: Job): Promise<Taken> {
  const { document, places } = incoming
  const at = listPlace[document.kind]
  return house.sql.begin(async (tx) => {
    const refused = [...incoming.refused]
    const taken = new Set(await takenEvents(tx, document.events))
    let left = [...document.events.keys()].filter((index) => !taken.has(index))
    for (const index of taken) refused.push(takenProblem(document, index, `${at}/${places[index]}/eventID`))
    for (let attempt = 1; ; attempt++) {
      const events = left.map((index) => document.events[index] as ParsedDocument['events'][number])
      try {
        const outcomes = await tx.savepoint((point) =>
          append(point, capturerOf(actor), events, contextOf(house, document, '')),
        )
        const counts = counted(outcomes)
        await recordJob(tx, actor.ownerId, { ...job, ...counts, finishedAt: house.clock(), refused })
        return { ...counts, refused }
      } catch (error) {
        // Somebody took an eventID in this moment, a value does not fit, or goods are held.
        const problems = error instanceof Failure ? error.problems : []
        await keepAttempt(tx, actor.ownerId, error, house.clock())
        const bad = new Set(problems.map((problem) => Number(/^\/(\d+)/.exec(problem.at)?.[1] ?? Number.NaN)))
        if (bad.size === 0 || bad.has(Number.NaN) || attempt === 100) throw error
        for (const { at: inner, ...problem } of problems) {
          const place = places[left[Number(/^\/(\d+)/.exec(inner)?.[1])] as number]
          refused.push({ ...problem, at: `${at}/${place}${inner.replace(/^\/\d+/, '')}` })
        }
        left = left.filter((_, position) => !bad.has(position))
      }
    }
  }) as Promise<Taken>
}

function takenProblem(document: ParsedDocument, index: number, at: string): Problem {
  const text = `事件 ${document.events[index]?.eventId} 已经存在，但内容不同：同一事件编号只能对应一个内容，更正请另报错误声明和更正事件`
  return { code: 'event-id-taken', text, at }
}

function counted(outcomes: readonly Outcome[]): { stored: number; known: number } {
  const stored = outcomes.filter((outcome) => outcome === 'stored').length
  return { stored, known: outcomes.length - stored }
}

/** Two documents with the same new events may meet in a deadlock: the one chosen tries again. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const isDeadlock = error instanceof Error && 'code' in error && error.code === '40P01'
      if (!isDeadlock || attempt === 5) throw error
    }
  }
}

/** Kept after the events: a document sent again brings it again. */
async function keepMasterData(
  house: House,
  actor: Actor,
  { text, isXml }: Body,
  kind: ParsedDocument['kind'],
): Promise<void> {
  if (kind !== 'EPCISDocument' || !/masterdata/i.test(text)) return
  const data = masterDataOf(isXml ? jsonOf(text) : parseJson(text))
  await retried(() => storeMasterData(house.sql, actor.ownerId, data, house.clock()))
}

/** Puts a refused document aside with its reason, so that nothing sent to us is lost; then refuses it. */
async function keepRefused<T>(house: House, request: FastifyRequest, work: (body: Body) => Promise<T>): Promise<T> {
  const body = bodyOf(request)
  try {
    return await work(body)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    await putAside(house, request, body, error)
    await keepAttempt(house.sql, request.actor.ownerId, error, house.clock())
    if (error.status !== 422) throw error
    throw refusal(error.problems)
  }
}

async function putAside(house: House, request: FastifyRequest, { text }: Body, error: Failure): Promise<void> {
  const now = house.clock()
  const { actor } = request
  // A NUL is no character for PostgreSQL.
  const kept = text.replaceAll('\0', '�')
  const reason = { status: error.status, code: error.code, text: error.text, problems: [...error.problems] }
  await house.sql`insert into quarantine (owner_id, id, source, actor, actor_name, via, reason, body, received_at)
    values (${actor.ownerId}, ${uuidv7(now.getTime())}, 'epcis-capture', ${actor.userId}, ${actor.name}, ${actor.tokenId ?? null}, ${house.sql.json(reason)},
      ${kept}, ${now})`
}

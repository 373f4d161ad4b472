import { isDeepStrictEqual } from 'node:util'
import { Failure, invalid } from '../../failure.ts'
import { gathering } from '../../gathering.ts'
import { givenFields, openableHistory } from '../../language/image.ts'
import { checkFields, type Kind, sealedFields, statesOf } from '../../language/index.ts'
import { signature } from '../access/actor.ts'
import { reach } from '../access/reach.ts'
import { NotStanding } from '../access/standing.ts'
import { uuidv7 } from '../id.ts'
import { requireNoConsentNeeded } from '../protect/consent.ts'
import { newPerson, openImage, type PersonKey, personRow, sealFields } from '../protect/record-persons.ts'
import { inTurns } from '../turns.ts'
import {
  type Context,
  checkReferences,
  columnsOf,
  proveReferences,
  type Row,
  refers,
  requireId,
  rows,
  splitInput,
  statement,
} from './context.ts'
import { fileProblems } from './named-files.ts'
import { searchVector } from './search.ts'
import { insertSql, selectSql } from './statement.ts'

/** Fields that only an operation may set, beside the user's input: made from the record's id. */
export type DerivedFields = (id: string) => Readonly<Record<string, unknown>>

export type Made = { row: Row; known: boolean }

type Draft = {
  id: string
  ownerId: string
  value: Record<string, unknown>
  /** The same with what an operation derived. */
  all: Record<string, unknown>
  columns: Record<string, unknown>
  person?: PersonKey
}

async function draft(context: Context, kind: Kind, input: unknown, derived?: DerivedFields): Promise<Draft> {
  const { own, rest } = splitInput(input, ['id', 'ownerId'])
  const id = own.id === undefined ? uuidv7(context.now.getTime()) : requireId(own.id, '/id')
  const ownerId = kind.isOwner ? id : requireId(own.ownerId ?? context.actor.ownerId, '/ownerId')
  const { value, problems } = checkFields(kind.fields, rest, '')
  if (problems.length > 0) throw invalid(problems)
  requireNoConsentNeeded(kind, value)
  if (refers(kind, value)) await checkReferences(context, kind, value)
  const at = context.now.toISOString()
  const all = derived ? { ...value, ...derived(id) } : value
  const person = sealedFields(kind).length > 0 ? newPerson(context.keyring.suite, context.now) : undefined
  // The sealed fields' own values go along for the checks between fields, and are not stored.
  const columns = columnsOf(kind, all)
  if (person) Object.assign(columns, sealFields(context.keyring, kind, id, person, all))
  columns.owner_id = ownerId
  columns.id = id
  columns.created_at = at
  columns.updated_at = at
  columns.search = searchVector(context.keyring, kind, value)
  return { id, ownerId, value, all, columns, person }
}

/** A new row whole: what the database made of it, and what came in as it is stored. */
function wholeRow(kind: Kind, made: Row, all: Readonly<Record<string, unknown>> | undefined): Row {
  for (const name of givenFields(kind)) {
    const given = all?.[name]
    if (given !== undefined && given !== null) (made as Record<string, unknown>)[name] = given
  }
  return made
}

async function insert(
  context: Context,
  kind: Kind,
  drafts: readonly Draft[],
  returns: 'image' | 'id' = 'image',
): Promise<Row[]> {
  const bound = reach(context.actor, kind, 'create')
  const { asRead } = context.actor
  const isRemembered = asRead !== undefined
  const text = statement(kind, `insert ${returns}${isRemembered ? ' as read' : ''}`, bound, () =>
    insertSql(kind, context.kinds, bound, { returns, isRemembered }),
  )
  const columns = JSON.stringify(drafts.map((each) => each.columns))
  const values = [signature(context.actor), columns, bound.value]
  const made = new Map<string, PersonKey>()
  const persons: Record<string, unknown>[] = []
  for (const { person, ownerId, columns } of drafts) {
    if (!person) continue
    made.set(person.id, person)
    persons.push(personRow(context.keyring, person, ownerId, String(columns.created_at)))
  }
  if (made.size > 0) values.push(JSON.stringify(persons))
  if (isRemembered) values.push(asRead)
  const written = await rows(context, kind, text, values, made)
  if (returns === 'id') return written
  const given = new Map(drafts.map(({ id, all }) => [id, all]))
  return written.map((row) => wholeRow(kind, row, given.get(row.id)))
}

/** Why an insert wrote nothing: the record is already there, or it lies outside the actor's reach. */
async function explainUnwritten(context: Context, kind: Kind, { id, ownerId, value }: Draft): Promise<Made> {
  const [first] = await context.sql<{ image: Row }[]>`
    select ${context.sql.unsafe(openableHistory(kind, 'image'))} as image from change
    where owner_id = ${ownerId} and kind = ${kind.name} and id = ${id} and version = 1`
  const bound = reach(context.actor, kind, 'create')
  const [current] = first ? await rows(context, kind, selectSql(kind, bound), [id, bound.value]) : []
  if (!first || !current) throw new Failure(403, 'out-of-reach', `这条${kind.title}不在您的管辖或归属范围内`)
  const written = openImage(context.keyring, kind, first.image)
  const given = Object.entries(kind.fields).filter(([, field]) => !field.derived)
  const same = given.every(([name]) => isDeepStrictEqual(written[name] ?? null, value[name] ?? null))
  if (!same) throw new Failure(409, 'id-taken', '同一编号下已有另一份内容', { details: { current } })
  return { row: current, known: true }
}

const isRepeat = (kind: Kind, error: unknown): boolean =>
  (error as { constraint_name?: string }).constraint_name?.endsWith('_pkey') === true &&
  Object.values(kind.fields).some((field) => field.type === 'documentNumber')

/** Two statements that wait for each other, because the same ids or numbers stand in both: one of them was given up whole. */
const isDeadlock = (error: unknown): boolean => (error as { code?: string }).code === '40P01'

/** Whether the rows of a statement that the database refused are each to be tried alone. */
const isOfOne = (kind: Kind, error: unknown): boolean =>
  error instanceof Failure || isRepeat(kind, error) || isDeadlock(error)

type Alone = { context: Context; kind: Kind; made: Draft }

/** A second statement beside one that took no more than a few, once as many wait. */
export const oneOfFew =
  (few: number) =>
  (waiting: number, [size = 0, second]: readonly number[]): boolean =>
    second === undefined && size <= few && waiting >= size

/**
 * What one actor writes of a kind at the same moment shares a statement and its commit: a row in a statement of five costs
 * the database a third of a row alone. Two small statements may be under way, so that one is worked at while the other
 * waits for the disk; a large one is alone, because it keeps the processors busy by itself. What the database refuses is
 * tried alone, to be told alone.
 */
const insertGathered = gathering<Alone, () => Row | undefined>(
  async (ones) => {
    const { context, kind } = ones[0] as Alone
    const alone = async ({ made }: Alone) => {
      try {
        const [row] = await insert(context, kind, [made])
        return () => row
      } catch (error) {
        return () => {
          throw error
        }
      }
    }
    const made = ones.map((one) => one.made)
    // One id twice: whoever comes second is told what stands there, and nobody the other's content.
    if (ones.length === 1 || new Set(made.map(({ id }) => id)).size < made.length) return Promise.all(ones.map(alone))
    const written = await insert(context, kind, made).catch((error) => {
      if (isOfOne(kind, error)) return undefined
      throw error
    })
    if (!written) return Promise.all(ones.map(alone))
    const byId = new Map(written.map((row) => [row.id, row]))
    return made.map(({ id }) => {
      const row = byId.get(id)
      byId.delete(id)
      return () => row
    })
  },
  { most: 64, beside: oneOfFew(16) },
)

function insertOne(context: Context, kind: Kind, made: Draft): Promise<Row | undefined> {
  // Within a transaction statements stand in its order; only on the pool may they be put together.
  if (!('begin' in context.sql)) return insert(context, kind, [made]).then(([row]) => row)
  const bound = reach(context.actor, kind, 'create')
  const { actor } = context
  const name = [kind.name, bound.column, bound.value, signature(actor), actor.asRead].join('\n')
  return insertGathered(context.sql, name, { context, kind, made }).then((told) => told())
}

/**
 * Writes one record. Idempotent by the client's id: the same content again is `known`, other content is refused. Throws
 * NotStanding where nothing was written for an actor from memory.
 */
export async function create(context: Context, kind: Kind, input: unknown, derived?: DerivedFields): Promise<Made> {
  reach(context.actor, kind, 'create')
  const made = await draft(context, kind, input, derived)
  const [missing = []] = await fileProblems(context, kind, [made.value])
  if (missing.length > 0) throw invalid(missing)
  const row = await insertOne(context, kind, made).catch((error) => {
    if (isRepeat(kind, error)) return undefined
    throw error
  })
  if (!row && context.actor.asRead) throw new NotStanding()
  return row ? { row, known: false } : explainUnwritten(context, kind, made)
}

export type BatchOutcome = { made: Made; failure?: undefined } | { failure: Failure; made?: undefined }

/** A new row as it was given, with what its operation derived. */
const given = (kind: Kind, { id, ownerId, value }: Draft, derived?: DerivedFields): Row => ({
  ...value,
  ...derived?.(id),
  id,
  ownerId,
  version: 1,
  state: statesOf(kind)[0] as string,
})

/** Records in one batch. */
export const batchMax = 500

const asFailure = (error: unknown): BatchOutcome => {
  if (error instanceof Failure) return { failure: error }
  throw error
}

/**
 * Writes many records, each on its own: what is wrong with one refuses that one alone. Good ones share a statement; only
 * where the database itself refuses one of them is each tried alone. A new row is told as it was given, without what
 * the database adds to it: building the images of a whole batch twice would cost a third of its time.
 */
export async function createMany(
  context: Context,
  kind: Kind,
  inputs: readonly unknown[],
  derived?: DerivedFields,
): Promise<BatchOutcome[]> {
  reach(context.actor, kind, 'create')
  if (inputs.length > batchMax) throw new Failure(413, 'too-many', `一次最多 ${batchMax} 条，现在 ${inputs.length} 条`)
  proveReferences(context, kind, inputs)
  const read = await inTurns(inputs, (input) => draft(context, kind, input, derived).catch(asFailure))
  const missing = await fileProblems(
    context,
    kind,
    read.map((each) => ('columns' in each ? each.value : {})),
  )
  const drafts = read.map((each, n) => (missing[n]?.length ? { failure: invalid(missing[n]) } : each))
  const good = drafts.filter((each): each is Draft => 'columns' in each)
  const writing = good.length === 0 ? Promise.resolve([]) : insert(context, kind, good, 'id')
  const written = await writing.catch((error) => {
    if (isOfOne(kind, error)) return undefined
    throw error
  })
  const byId = new Map(written?.map((row) => [row.id, row]))
  const outcomes: BatchOutcome[] = []
  for (const [index, each] of drafts.entries()) {
    const row = 'columns' in each ? byId.get(each.id) : undefined
    // An id twice in one batch is written once; its second copy is then explained as known or taken.
    if (row) byId.delete(row.id)
    if (!('columns' in each)) outcomes.push(each)
    else if (row) outcomes.push({ made: { row: given(kind, each, derived), known: false } })
    else
      outcomes.push(
        await create(context, kind, { ...(inputs[index] as object), id: each.id }, derived).then(
          (made) => ({ made }),
          asFailure,
        ),
      )
  }
  return outcomes
}

import { Failure, forbidden, invalid, notFound } from '../../failure.ts'
import {
  checkFields,
  type Kind,
  openPersonalFields,
  openStates,
  sealedFields,
  type Transition,
} from '../../language/index.ts'
import { signature } from '../access/actor.ts'
import { type Reach, reach } from '../access/reach.ts'
import { requireConsentFor } from '../protect/consent.ts'
import { newPerson, type PersonKey, personRow, sealFields } from '../protect/record-persons.ts'
import {
  type Context,
  checkReferences,
  columnsOf,
  type Row,
  requireId,
  requireReason,
  requireVersion,
  rows,
  splitInput,
  statement,
} from './context.ts'
import type { DerivedFields } from './create.ts'
import { fileProblems } from './named-files.ts'
import { read, readWithPerson } from './read.ts'
import { searchVector } from './search.ts'
import { type Step, updateSql, voidSql } from './statement.ts'

const stateTitle = (kind: Kind, state: string): string =>
  state === 'void' ? '已作废' : (kind.states?.names[state] ?? '有效')

/** Why an update wrote nothing. */
async function unchanged(
  context: Context,
  kind: Kind,
  id: string,
  bound: Reach,
  version: number,
  from: readonly string[],
): Promise<Failure> {
  const current = await read(context, kind, id, bound)
  if (current.state === 'void')
    return new Failure(409, 'already-void', `这条${kind.title}已作废，不能再修改`, { details: { current } })
  if (current.version !== version)
    return new Failure(409, 'version-conflict', '这条记录刚被别人修改过，请核对后再保存', { details: { current } })
  if (!from.includes(current.state))
    return new Failure(409, 'wrong-state', `这条${kind.title}现在是“${stateTitle(kind, current.state)}”，不能这样改`)
  return new Failure(403, 'out-of-reach', '修改后的记录不在您的管辖范围内')
}

/**
 * The version that a change against `version` is made to: the current one where nothing but what the platform itself derives
 * was written since. A device goes on adding to its alarm while a person writes about it; they do not stand in each other's way.
 */
async function versionMeant({ sql }: Context, kind: Kind, current: Row, version: number): Promise<number> {
  const derived = Object.keys(kind.fields).filter((name) => kind.fields[name]?.derived)
  if (derived.length === 0 || version >= current.version) return version
  const always = ['version', 'updatedAt']
  const apart = [...derived, ...always]
  const [row] = await sql<{ same: boolean }[]>`
    select a.image - ${apart}::text[] = b.image - ${apart}::text[]
      and a.image - ${always}::text[] <> b.image - ${always}::text[] as same from change a, change b
    where a.owner_id = ${current.ownerId} and a.kind = ${kind.name} and a.id = ${current.id} and a.version = ${version}
      and b.owner_id = a.owner_id and b.kind = a.kind and b.id = a.id and b.version = ${current.version}`
  return row?.same ? current.version : version
}

type Update = {
  act: string
  bound: Reach
  input: unknown
  step?: Step
  derived?: DerivedFields
  needs?: readonly string[]
}

type Resealed = {
  columns: Record<string, unknown>
  persons: Record<string, unknown>[]
  known: ReadonlyMap<string, PersonKey>
}

/**
 * The sealed fields as they are after the change, all of them, under the person's key; undefined where the kind seals
 * none. Rows from before sealing get their person now.
 */
function reseal(
  context: Context,
  kind: Kind,
  current: Row,
  person: PersonKey | undefined,
  value: Record<string, unknown>,
): Resealed | undefined {
  const names = sealedFields(kind)
  if (names.length === 0) return undefined
  if (current.erased) {
    if (names.some((name) => value[name] !== undefined && value[name] !== null))
      throw new Failure(409, 'erased', '这条记录的个人信息已按本人要求擦除，不能再填写')
    return { columns: {}, persons: [], known: new Map() }
  }
  const holder = person ?? newPerson(context.keyring.suite, context.now)
  const all = Object.fromEntries(names.map((name) => [name, value[name] === undefined ? current[name] : value[name]]))
  // A row of a release that sealed these too gets them back into their columns with its next change.
  const open = Object.fromEntries(
    openPersonalFields(kind).map((name) => [name, value[name] === undefined ? current[name] : value[name]]),
  )
  const at = context.now.toISOString()
  return {
    columns: { ...columnsOf(kind, { ...open, ...all }), ...sealFields(context.keyring, kind, current.id, holder, all) },
    persons: holder.isNew ? [personRow(context.keyring, holder, current.ownerId, at)] : [],
    known: new Map([[holder.id, holder]]),
  }
}

async function update(context: Context, kind: Kind, id: string, asked: Update): Promise<Row> {
  const { act, bound, input, step, derived, needs } = asked
  const { row: current, person } = await readWithPerson(context, kind, id, bound)
  const { own, rest } = splitInput(input, ['version'])
  const version = await versionMeant(context, kind, current, requireVersion(own.version))
  const { value, problems } = checkFields(kind.fields, rest, '', { partial: true })
  const after: Record<string, unknown> = { ...current, ...value }
  for (const name of needs ?? [])
    if (after[name] === undefined || after[name] === null)
      problems.push({ code: 'missing', text: `请填写${kind.fields[name]?.title}`, at: `/${name}` })
  if (problems.length > 0) throw invalid(problems)
  const from = step?.from ?? openStates(kind)
  if (current.version !== version || !from.includes(current.state))
    throw await unchanged(context, kind, id, bound, version, from)
  await requireConsentFor(context.sql, kind, person?.id, value, context.now)
  await checkReferences(context, kind, value)
  const [missing = []] = await fileProblems(context, kind, [value], current)
  if (missing.length > 0) throw invalid(missing)
  const resealed = reseal(context, kind, current, person, { ...value, ...derived?.(id) })
  const text = statement(kind, act, bound, () => updateSql(kind, context.kinds, bound, step))
  const columns = { updated_at: context.now.toISOString(), search: searchVector(context.keyring, kind, after) }
  const values = [
    signature(context.actor),
    JSON.stringify({ ...columnsOf(kind, { ...value, ...derived?.(id) }), ...resealed?.columns, ...columns }),
    bound.value,
    id,
    version,
  ]
  const [row] = resealed
    ? await rows(context, kind, text, [...values, JSON.stringify(resealed.persons)], resealed.known)
    : await rows(context, kind, text, values)
  if (row) return row
  // What was derived in this very moment is no conflict either.
  const now = await read(context, kind, id, bound)
  if (now.version !== version && (await versionMeant(context, kind, now, version)) === now.version)
    return update(context, kind, id, asked)
  throw await unchanged(context, kind, id, bound, version, from)
}

/** Changes fields against the version that was read. */
export function change(
  context: Context,
  kind: Kind,
  id: string,
  input: unknown,
  derived?: DerivedFields,
): Promise<Row> {
  return update(context, kind, id, { act: 'update', bound: reach(context.actor, kind, 'change'), input, derived })
}

function transitionOf(context: Context, kind: Kind, name: string): Transition {
  const step = kind.states?.transitions.find((each) => each.name === name)
  if (!step) throw notFound('这一步')
  if (!step.by.includes(context.actor.role)) throw forbidden(`您没有“${step.title}”的权限`)
  return step
}

/** Takes a step of the record's life, with the fields that the step asks for. */
export function transition(context: Context, kind: Kind, id: string, name: string, input: unknown): Promise<Row> {
  const step = transitionOf(context, kind, name)
  const { rest } = splitInput(input, ['version'])
  const stray = Object.keys(rest).filter((field) => !step.asks?.includes(field))
  if (stray.length > 0)
    throw invalid(
      stray.map((field) => ({ code: 'unknown-field', text: `“${step.title}”不能填写这一项`, at: `/${field}` })),
    )
  const bound = reach(context.actor, kind, 'read')
  return update(context, kind, id, { act: `step ${name}`, bound, input, step, needs: step.needs })
}

async function voidInto(context: Context, kind: Kind, id: string, input: unknown, into: string | null): Promise<Row> {
  const bound = reach(context.actor, kind, 'void')
  await read(context, kind, id, bound)
  const { own } = splitInput(input, ['version', 'reason'])
  const version = requireVersion(own.version)
  const reason = requireReason(own.reason)
  const text = statement(kind, 'void', bound, () => voidSql(kind, bound))
  const values = [signature(context.actor), reason, bound.value, id, version, context.now.toISOString(), into]
  const [row] = await rows(context, kind, text, values)
  if (!row) throw await unchanged(context, kind, id, bound, version, [])
  return row
}

/** Nothing is deleted: a void record stays, with its reason. */
export function voidRecord(context: Context, kind: Kind, id: string, input: unknown): Promise<Row> {
  return voidInto(context, kind, id, input, null)
}

/** Merges a duplicate into the record that stays: the duplicate is void and says where it went. */
export async function merge(context: Context, kind: Kind, id: string, input: unknown): Promise<Row> {
  const into = requireId(splitInput(input, ['into']).own.into, '/into')
  if (into === id) throw invalid([{ code: 'same-record', text: '不能并入它自己', at: '/into' }])
  const target = await read(context, kind, into, reach(context.actor, kind, 'change'))
  if (target.state === 'void') throw invalid([{ code: 'already-void', text: '要并入的那条已作废', at: '/into' }])
  return voidInto(context, kind, id, input, into)
}

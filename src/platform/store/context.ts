import type { ISql } from 'postgres'
import { invalid } from '../../failure.ts'
import { type Field, isId, type Kind, typeOf } from '../../language/index.ts'
import { snake } from '../../language/names.ts'
import type { Actor } from '../access/actor.ts'
import { mayUse, type Reach, reachOf, within } from '../access/reach.ts'
import type { Keyring } from '../protect/keyring.ts'
import { openImage, type PersonKey, personOf, type SealedImage } from '../protect/record-persons.ts'
import { explain } from './constraint.ts'

export type Row = Record<string, unknown> & { id: string; ownerId: string; version: number; state: string }

/** What the door works with for one request. */
export type Context = {
  sql: ISql
  kinds: ReadonlyMap<string, Kind>
  actor: Actor
  now: Date
  /** Opens and seals what is known of natural persons. */
  keyring: Keyring
  /** References already proven in this request: a thousand rows of one supplier ask once. */
  proven: Map<string, Promise<boolean>>
}

const statements = new WeakMap<Kind, Map<string, string>>()

/** Statement texts are derived once for each declaration, act and form of reach. */
export function statement(kind: Kind, act: string, bound: Reach, make: () => string): string {
  const ofKind = statements.get(kind) ?? new Map<string, string>()
  statements.set(kind, ofKind)
  const key = `${act} ${bound.column}`
  const text = ofKind.get(key) ?? make()
  ofKind.set(key, text)
  return text
}

/** The API form of some fields as columns, in the form that `jsonb_populate_record` reads. */
export function columnsOf(kind: Kind, fields: Record<string, unknown>): Record<string, unknown> {
  const columns: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields)) {
    const field = kind.fields[name]
    if (!field) continue
    const [type, column] = [typeOf(field), snake(name)]
    if (value === null || value === undefined) {
      for (const { suffix, generated } of type.columns(field)) if (!generated) columns[column + suffix] = null
    } else {
      const parts = type.toColumns(value, field)
      for (const suffix in parts) columns[column + suffix] = parts[suffix]
    }
  }
  return columns
}

type OwnName = 'id' | 'ownerId' | 'version' | 'reason' | 'into'

/** Separates what names the record and the act (only the names that this act knows) from the fields. */
export function splitInput(
  input: unknown,
  names: readonly OwnName[],
): { own: { [Name in OwnName]?: unknown }; rest: Record<string, unknown> } {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw invalid([{ code: 'wrong-type', text: '内容应为一个 JSON 对象', at: '' }])
  const entries = Object.entries(input)
  const isOwn = ([name]: [string, unknown]) => names.includes(name as OwnName)
  return {
    own: Object.fromEntries(entries.filter(isOwn)),
    rest: Object.fromEntries(entries.filter((entry) => !isOwn(entry))),
  }
}

export function requireId(value: unknown, at: string): string {
  if (isId(value)) return value
  throw invalid([{ code: 'wrong-format', text: '编号应为小写的 UUID', at }])
}

export function requireVersion(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 2 ** 31) return value
  throw invalid([{ code: 'wrong-version', text: '请带上读到的版本号 version', at: '/version' }])
}

export function requireReason(value: unknown): string {
  const reason = typeof value === 'string' ? value.trim() : ''
  if (reason.length >= 2 && reason.length <= 200) return reason
  throw invalid([{ code: 'missing', text: '请写明原因（2 到 200 字）', at: '/reason' }])
}

/** Runs a statement that yields images; what the database refuses becomes the sentence at its field. */
async function images(context: Context, kind: Kind, text: string, values: unknown[]): Promise<(Row & SealedImage)[]> {
  try {
    const found = await context.sql.unsafe<{ image: string }[]>(text, values as never[], { prepare: true })
    return found.map((row) => JSON.parse(row.image) as Row)
  } catch (error) {
    throw explain(kind, error)
  }
}

/** Runs a statement that yields images and opens what is sealed; `persons` are those just made, by id. */
export async function rows(
  context: Context,
  kind: Kind,
  text: string,
  values: unknown[],
  persons?: ReadonlyMap<string, PersonKey>,
): Promise<Row[]> {
  const found = await images(context, kind, text, values)
  return found.map((image) => openImage(context.keyring, kind, image, persons?.get(image.personId ?? '')))
}

/** One record with the key of its person, to be sealed again. */
export async function rowWithPerson(
  context: Context,
  kind: Kind,
  text: string,
  values: unknown[],
): Promise<{ row: Row; person: PersonKey | undefined } | undefined> {
  const [image] = await images(context, kind, text, values)
  return image && { row: openImage(context.keyring, kind, image), person: personOf(context.keyring, image) }
}

/** Those of some records that the actor may refer to: any in an open register, others only within the own reach. */
async function referable(context: Context, to: string, ids: readonly string[]): Promise<Set<string>> {
  const target = context.kinds.get(to)
  if (!target || !mayUse(context.actor, target, 'refer')) return new Set()
  const bound = isOpenRegister(target) ? undefined : reachOf(context.actor)
  const found = await context.sql.unsafe<{ id: string }[]>(
    `select id from ${snake(to)} t where id = any($1::uuid[]) and state <> 'void'${bound ? ` and ${within('t', bound, '$2')}` : ''}`,
    bound ? [ids as string[], bound.value] : [ids as string[]],
    { prepare: true },
  )
  return new Set(found.map((row) => row.id))
}

/** Proves in one question for each field what many rows refer to, before each row is checked. */
export function proveReferences(context: Context, kind: Kind, inputs: readonly unknown[]): void {
  for (const [name, field] of referencesOf(kind)) {
    const ids = new Set(inputs.map((input) => (input as Record<string, unknown> | null)?.[name]).filter(isId))
    const open = [...ids].filter((id) => !context.proven.has(`${field.to} ${id}`))
    if (open.length === 0) continue
    const found = referable(context, field.to, open)
    for (const id of open) {
      const proof = found.then((all) => all.has(id))
      // Nobody may come to ask: a row can be refused before.
      proof.catch(() => {})
      context.proven.set(`${field.to} ${id}`, proof)
    }
  }
}

/** Whether a record's title may be named to whoever reads a record that refers to it. */
export function hasPublicTitle(kind: Kind): boolean {
  return kind.titleFields.slice(0, 1).every((name) => kind.fields[name]?.class === 'public')
}

/**
 * Whether everybody's records of the kind may be looked up and referred to: registers that say so by a grant to the
 * public. What else has a public title (a device, its alarms) is named where it is referred to, and listed to its own only.
 */
export function isOpenRegister(kind: Kind): boolean {
  return hasPublicTitle(kind) && (kind.grants.public?.includes('refer') ?? false)
}

type ReferenceField = Extract<Field, { type: 'reference' }>

const referring = new WeakMap<Kind, readonly [name: string, field: ReferenceField][]>()

/** A kind's fields that refer to a record, found out once. */
function referencesOf(kind: Kind): readonly [name: string, field: ReferenceField][] {
  const known = referring.get(kind)
  if (known) return known
  const found = Object.entries(kind.fields).flatMap(([name, field]) =>
    field.type === 'reference' ? [[name, field] as [string, ReferenceField]] : [],
  )
  referring.set(kind, found)
  return found
}

/** Whether what is written refers to any other record. */
export const refers = (kind: Kind, value: Record<string, unknown>): boolean =>
  referencesOf(kind).some(([name]) => typeof value[name] === 'string')

/** Every reference must lead to something the actor may refer to. */
export async function checkReferences(context: Context, kind: Kind, value: Record<string, unknown>): Promise<void> {
  for (const [name, field] of referencesOf(kind)) {
    const id = value[name]
    if (typeof id !== 'string') continue
    const key = `${field.to} ${id}`
    const proof = context.proven.get(key) ?? referable(context, field.to, [id]).then((all) => all.has(id))
    context.proven.set(key, proof)
    if (!(await proof))
      throw invalid([{ code: 'no-such-record', text: `没有找到所选的${field.title}`, at: `/${name}` }])
  }
}

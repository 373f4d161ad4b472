import { isDeepStrictEqual } from 'node:util'
import type { ISql } from 'postgres'
import { Failure, invalid, notFound } from '../../failure.ts'
import { checkFields, isId, type Kind, typeOf } from '../../language/index.ts'
import { snake } from '../../language/names.ts'
import { type Actor, signature } from '../access/actor.ts'
import { mayUse, type Reach, reach } from '../access/reach.ts'
import { uuidv7 } from '../id.ts'
import { explain } from './constraint.ts'
import { type ListQuery, list, type Page } from './list.ts'
import { searchVector } from './search.ts'
import { insertSql, selectSql, updateSql, voidSql } from './statement.ts'

export type Row = Record<string, unknown> & { id: string; ownerId: string; version: number; state: string }

/** Fields that only an operation may set, beside the user's input: made from the record's id. */
export type DerivedFields = (id: string) => Readonly<Record<string, unknown>>

export type Version = { version: number; at: string; actor: { name: string; ownerTitle: string }; image: Row }

/** The one door for records, for one actor: validate, authorise, write row and history in one round trip. */
export type Store = {
  list(kind: Kind, query: ListQuery): Promise<Page>
  read(kind: Kind, id: string): Promise<Row>
  /** Idempotent by the client's id: the same content again answers `known`, other content is refused. */
  create(kind: Kind, input: unknown, derived?: DerivedFields): Promise<{ row: Row; known: boolean }>
  /** Changes the given fields against the version that was read; `version-conflict` carries the current record. */
  change(kind: Kind, id: string, input: unknown, derived?: DerivedFields): Promise<Row>
  /** Nothing is deleted: a void record stays, with its reason. */
  void(kind: Kind, id: string, input: unknown): Promise<Row>
  history(kind: Kind, id: string): Promise<Version[]>
  /** Titles and regions only, for pickers. */
  refer(kind: Kind, q: string): Promise<{ id: string; title: string; region: string }[]>
}

type Context = { sql: ISql; kinds: ReadonlyMap<string, Kind>; actor: Actor; now: Date }

const statements = new Map<string, string>()

/** Statement texts are derived once for each kind, act and form of reach. */
function statement(kind: Kind, act: string, bound: Reach, make: () => string): string {
  const key = `${kind.name} ${act} ${bound.column}`
  const text = statements.get(key) ?? make()
  statements.set(key, text)
  return text
}

function columnsOf(kind: Kind, fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => {
      const field = kind.fields[name]
      if (!field) return []
      const type = typeOf(field)
      if (value === null || value === undefined)
        return type.columns(field).map((column) => [snake(name) + column.suffix, null])
      return Object.entries(type.toColumns(value, field)).map(([suffix, each]) => [snake(name) + suffix, each])
    }),
  )
}

function splitInput(input: unknown): { own: Record<string, unknown>; rest: Record<string, unknown> } {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw invalid([{ code: 'wrong-type', text: '内容应为一个 JSON 对象', at: '' }])
  const { id, ownerId, version, reason, ...rest } = input as Record<string, unknown>
  return { own: { id, ownerId, version, reason }, rest }
}

function requireId(value: unknown, at: string): string {
  if (isId(value)) return value
  throw invalid([{ code: 'wrong-format', text: '编号应为小写的 UUID', at }])
}

function requireVersion(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 2 ** 31) return value
  throw invalid([{ code: 'wrong-version', text: '请带上读到的版本号 version', at: '/version' }])
}

async function one(context: Context, kind: Kind, text: string, values: unknown[]): Promise<Row | undefined> {
  try {
    const [row] = await context.sql.unsafe<{ image: string }[]>(text, values as never[], { prepare: true })
    return row && (JSON.parse(row.image) as Row)
  } catch (error) {
    throw explain(kind, error)
  }
}

/** Every reference must lead to something the actor may refer to. */
async function checkReferences(context: Context, kind: Kind, value: Record<string, unknown>): Promise<void> {
  for (const [name, field] of Object.entries(kind.fields)) {
    if (field.type !== 'reference' || typeof value[name] !== 'string') continue
    const target = context.kinds.get(field.to)
    const allowed = target && mayUse(context.actor, target, 'refer')
    const [found] = allowed
      ? await context.sql.unsafe(`select from ${snake(field.to)} where id = $1::uuid and state = 'active'`, [
          value[name],
        ])
      : []
    if (!found) throw invalid([{ code: 'no-such-record', text: `没有找到所选的${field.title}`, at: `/${name}` }])
  }
}

async function firstImage(context: Context, kind: Kind, ownerId: string, id: string): Promise<Row | undefined> {
  const [row] = await context.sql<{ image: Row }[]>`
    select image from change where owner_id = ${ownerId} and kind = ${kind.name} and id = ${id} and version = 1`
  return row?.image
}

/** Why an insert wrote nothing: the record is already there, or it lies outside the actor's reach. */
async function explainUnwritten(
  context: Context,
  kind: Kind,
  ownerId: string,
  id: string,
  value: Record<string, unknown>,
): Promise<{ row: Row; known: true }> {
  const first = await firstImage(context, kind, ownerId, id)
  const bound = reach(context.actor, kind, 'create')
  const current = first && (await one(context, kind, selectSql(kind, bound), [id, bound.value]))
  if (!first || !current) throw new Failure(403, 'out-of-reach', `这条${kind.title}不在您的管辖或归属范围内`)
  const given = Object.entries(kind.fields).filter(([, field]) => !field.derived)
  const same = given.every(([name]) => isDeepStrictEqual(first[name] ?? null, value[name] ?? null))
  if (!same) throw new Failure(409, 'id-taken', '同一编号下已有另一份内容', { details: { current } })
  return { row: current, known: true }
}

async function create(context: Context, kind: Kind, input: unknown, derived?: DerivedFields) {
  const bound = reach(context.actor, kind, 'create')
  const { own, rest } = splitInput(input)
  const id = own.id === undefined ? uuidv7(context.now.getTime()) : requireId(own.id, '/id')
  const ownerId = kind.isOwner ? id : requireId(own.ownerId ?? context.actor.ownerId, '/ownerId')
  const { value, problems } = checkFields(kind.fields, rest, '')
  if (problems.length > 0) throw invalid(problems)
  await checkReferences(context, kind, value)
  const at = context.now.toISOString()
  const columns = { owner_id: ownerId, id, created_at: at, updated_at: at, search: searchVector(kind, value) }
  const row = await one(
    context,
    kind,
    statement(kind, 'insert', bound, () => insertSql(kind, context.kinds, bound)),
    [
      signature(context.actor),
      JSON.stringify({ ...columnsOf(kind, { ...value, ...derived?.(id) }), ...columns }),
      bound.value,
    ],
  )
  return row ? { row, known: false } : explainUnwritten(context, kind, ownerId, id, value)
}

async function read(context: Context, kind: Kind, id: string, bound: Reach): Promise<Row> {
  if (!isId(id)) throw notFound(`这条${kind.title}`)
  const text = statement(kind, 'select', bound, () => selectSql(kind, bound))
  const row = await one(context, kind, text, [id, bound.value])
  if (!row) throw notFound(`这条${kind.title}`)
  return row
}

async function unchanged(context: Context, kind: Kind, id: string, bound: Reach): Promise<Failure> {
  const current = await read(context, kind, id, bound)
  if (current.state === 'void') return new Failure(409, 'already-void', `这条${kind.title}已作废，不能再修改`)
  return new Failure(409, 'version-conflict', '这条记录刚被别人修改过，请核对后再保存', { details: { current } })
}

async function change(context: Context, kind: Kind, id: string, input: unknown, derived?: DerivedFields): Promise<Row> {
  const bound = reach(context.actor, kind, 'change')
  const current = await read(context, kind, id, bound)
  const { own, rest } = splitInput(input)
  const version = requireVersion(own.version)
  const { value, problems } = checkFields(kind.fields, rest, '', { partial: true })
  if (problems.length > 0) throw invalid(problems)
  if (current.version !== version || current.state === 'void') throw await unchanged(context, kind, id, bound)
  await checkReferences(context, kind, value)
  const text = statement(kind, 'update', bound, () => updateSql(kind, context.kinds, bound))
  const columns = { updated_at: context.now.toISOString(), search: searchVector(kind, { ...current, ...value }) }
  const row = await one(context, kind, text, [
    signature(context.actor),
    JSON.stringify({ ...columnsOf(kind, { ...value, ...derived?.(id) }), ...columns }),
    bound.value,
    id,
    version,
  ])
  if (row) return row
  const conflict = await unchanged(context, kind, id, bound)
  const moved = conflict.details.current as Row | undefined
  if (moved && moved.version === version) throw new Failure(403, 'out-of-reach', '修改后的记录不在您的管辖范围内')
  throw conflict
}

async function voidRecord(context: Context, kind: Kind, id: string, input: unknown): Promise<Row> {
  const bound = reach(context.actor, kind, 'void')
  await read(context, kind, id, bound)
  const { own } = splitInput(input)
  const version = requireVersion(own.version)
  const reason = typeof own.reason === 'string' ? own.reason.trim() : ''
  if (reason.length < 2 || reason.length > 200)
    throw invalid([{ code: 'missing', text: '请写明作废原因（2 到 200 字）', at: '/reason' }])
  const text = statement(kind, 'void', bound, () => voidSql(kind, bound))
  const values = [signature(context.actor), reason, bound.value, id, version, context.now.toISOString()]
  const row = await one(context, kind, text, values)
  if (!row) throw await unchanged(context, kind, id, bound)
  return row
}

async function history(context: Context, kind: Kind, id: string): Promise<Version[]> {
  const current = await read(context, kind, id, reach(context.actor, kind, 'read'))
  const rows = await context.sql<{ version: number; at: Date; actor: string; image: Row }[]>`
    select version, at, actor, image from change
    where owner_id = ${current.ownerId} and kind = ${kind.name} and id = ${id} order by version`
  return rows.map((row) => {
    const { name, ownerTitle } = JSON.parse(row.actor)
    return { version: row.version, at: row.at.toISOString(), actor: { name, ownerTitle }, image: row.image }
  })
}

async function refer(context: Context, kind: Kind, q: string) {
  reach(context.actor, kind, 'refer')
  const title = snake(kind.titleFields[0] as string)
  const like = `%${q.replace(/[\\%_]/g, '\\$&').slice(0, 60)}%`
  return context.sql.unsafe<{ id: string; title: string; region: string }[]>(
    `select id, ${title} as title, region from ${snake(kind.name)}
     where state = 'active' and ${title} like $1 order by ${title}, id limit 30`,
    [like],
    { prepare: true },
  )
}

/** Opens the door for one actor. */
export function openStore(sql: ISql, kinds: ReadonlyMap<string, Kind>, actor: Actor, now: Date): Store {
  const context = { sql, kinds, actor, now }
  return {
    list: (kind, query) => list(sql, kind, reach(actor, kind, 'read'), query),
    read: (kind, id) => read(context, kind, id, reach(actor, kind, 'read')),
    create: (kind, input, derived) => create(context, kind, input, derived),
    change: (kind, id, input, derived) => change(context, kind, id, input, derived),
    void: (kind, id, input) => voidRecord(context, kind, id, input),
    history: (kind, id) => history(context, kind, id),
    refer: (kind, q) => refer(context, kind, q),
  }
}

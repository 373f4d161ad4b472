import type { ISql, Sql } from 'postgres'
import { Failure, forbidden, invalid, notFound, type Problem } from '../../failure.ts'
import { isId } from '../../language/index.ts'
import { type Actor, isAdministrator, signature } from '../access/actor.ts'
import { reachOf } from '../access/reach.ts'
import { uuidv7 } from '../id.ts'
import type { DefinitionState, DefinitionVersion } from './wire.ts'

export type { DefinitionState }

export type DefinitionType = 'rule' | 'indicator' | 'report'

/** What a user defined as data, of whichever type; the body is checked by its type's own reader. */
export type Definition<Body = Record<string, unknown>> = {
  id: string
  ownerId: string
  ownerTitle: string
  number: number
  type: DefinitionType
  title: string
  version: number
  state: DefinitionState
  body: Body
  reachColumn: 'city' | 'county' | 'owner_id'
  reachValue: string
  trouble: string | null
  updatedAt: Date
  updatedBy: string
}

const columns = (sql: ISql) => sql`
  d.id, d.owner_id as "ownerId", o.title as "ownerTitle", d.number, d.type, d.title, d.version, d.state, d.body,
  d.reach_column as "reachColumn", d.reach_value as "reachValue", d.trouble, d.updated_at as "updatedAt", d.updated_by as "updatedBy"`

const cityOf = (region: string) => `${region.slice(0, 4)}00`

/** Own definitions, and those of the authorities above or within: theirs are meant for everybody they reach. */
function seen(sql: ISql, actor: Actor) {
  if (isAdministrator(actor.role)) return sql`false`
  const city = cityOf(actor.region)
  const authority =
    actor.role === 'city'
      ? sql`d.reach_column <> 'owner_id' and d.city = ${city}`
      : sql`(d.reach_column = 'city' and d.city = ${city}) or (d.reach_column = 'county' and d.county = ${actor.region})`
  return sql`(d.owner_id = ${actor.ownerId} or ${authority})`
}

export async function listDefinitions(sql: ISql, actor: Actor, type: DefinitionType): Promise<Definition[]> {
  return sql<Definition[]>`
    select ${columns(sql)} from definition d join owner o on o.id = d.owner_id
    where d.type = ${type} and ${seen(sql, actor)} order by d.state = 'off', d.title, d.id limit 1000`
}

const words: Readonly<Record<DefinitionType, string>> = { rule: '这条规则', indicator: '这个指标', report: '这个模板' }

export async function readDefinition(sql: ISql, actor: Actor, type: DefinitionType, id: string): Promise<Definition> {
  const [row] = isId(id)
    ? await sql<Definition[]>`
        select ${columns(sql)} from definition d join owner o on o.id = d.owner_id
        where d.id = ${id} and d.type = ${type} and ${seen(sql, actor)}`
    : []
  if (!row) throw notFound(words[type])
  return row
}

/** Every definition of a type that is switched on, whoever made it. */
export async function definitionsOn(sql: ISql, type: DefinitionType): Promise<Definition[]> {
  return sql<Definition[]>`
    select ${columns(sql)} from definition d join owner o on o.id = d.owner_id
    where d.type = ${type} and d.state = 'on' order by d.number`
}

/** Whether a definition is the actor's to change: its own owner's, in its own name. */
export function mayDefine(actor: Actor, definition: Pick<Definition, 'ownerId'>): boolean {
  return definition.ownerId === actor.ownerId && !actor.viewedBy && !actor.partnerId
}

/** A definition as it is answered to a reader: with whether it is his to change. */
export const shownTo = (actor: Actor, definition: Definition) => ({ ...definition, mine: mayDefine(actor, definition) })

export function titleProblems(title: unknown): Problem[] {
  const given = typeof title === 'string' ? title.trim() : ''
  return given.length >= 2 && given.length <= 60
    ? []
    : [{ code: 'missing', text: '请写一个 2 到 60 个字的名称', at: '/title' }]
}

async function keepVersion(sql: ISql, actor: Actor, row: Definition, now: Date): Promise<void> {
  await sql`insert into definition_version (owner_id, definition_id, version, title, state, body, actor, at)
    values (${row.ownerId}, ${row.id}, ${row.version}, ${row.title}, ${row.state}, ${sql.json(row.body as never)},
      ${signature(actor)}, ${now})`
}

/** Makes a definition, as a draft. `body` has been checked. The same id again is the same definition. */
export async function createDefinition(
  sql: Sql,
  actor: Actor,
  given: { id?: unknown; type: DefinitionType; title: string; body: unknown; state?: DefinitionState },
  now: Date,
): Promise<Definition> {
  const bound = reachOf(actor)
  if (bound.column === 'station' || bound.column === 'about_id' || actor.viewedBy || actor.partnerId)
    throw forbidden('请用县区或市级账号建立')
  if (given.id !== undefined && !isId(given.id))
    throw invalid([{ code: 'wrong-format', text: '编号应为小写的 UUID', at: '/id' }])
  const id = (given.id as string | undefined) ?? uuidv7(now.getTime())
  const { state = 'draft' } = given
  await sql.begin(async (tx) => {
    const [made] = await tx`
      insert into definition (owner_id, id, type, title, version, state, body, reach_column, reach_value, region, created_at,
        updated_at, updated_by)
      values (${actor.ownerId}, ${id}, ${given.type}, ${given.title.trim()}, 1, ${state}, ${tx.json(given.body as never)},
        ${bound.column}, ${bound.value}, ${actor.region}, ${now}, ${now}, ${actor.name})
      on conflict do nothing returning id`
    if (made) await keepVersion(tx, actor, await readDefinition(tx, actor, given.type, id), now)
  })
  return readDefinition(sql, actor, given.type, id)
}

/** Changes title, body or state against the version that was read. */
export async function changeDefinition(
  sql: Sql,
  actor: Actor,
  current: Definition,
  given: { version: unknown; title?: string; body?: unknown; state?: DefinitionState },
  now: Date,
): Promise<Definition> {
  if (!mayDefine(actor, current)) throw forbidden('只有建立它的单位可以修改')
  if (given.version !== current.version)
    throw new Failure(409, 'version-conflict', '刚被别人修改过，请核对后再保存', { details: { current } })
  const body = given.body ?? current.body
  await sql.begin(async (tx) => {
    const [row] = await tx`
      update definition set title = ${given.title?.trim() ?? current.title}, body = ${tx.json(body as never)},
        state = ${given.state ?? current.state}, version = version + 1, trouble = null, updated_at = ${now},
        updated_by = ${actor.name}
      where id = ${current.id} and owner_id = ${current.ownerId} and version = ${current.version} returning id`
    if (!row) throw new Failure(409, 'version-conflict', '刚被别人修改过，请核对后再保存')
    await keepVersion(tx, actor, await readDefinition(tx, actor, current.type, current.id), now)
  })
  return readDefinition(sql, actor, current.type, current.id)
}

/** Switches a definition off in the platform's own name, saying why. */
export async function stopDefinition(sql: ISql, number: number, trouble: string): Promise<void> {
  await sql`update definition set state = 'off', trouble = ${trouble} where number = ${number} and state = 'on'`
}

export async function versionsOf(sql: ISql, definition: Definition) {
  return sql<(DefinitionVersion<Date> & { body: unknown })[]>`
    select version, title, state, body, actor::jsonb ->> 'name' as actor, at from definition_version
    where owner_id = ${definition.ownerId} and definition_id = ${definition.id} order by version desc limit 100`
}

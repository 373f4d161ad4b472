import { notFound } from '../../failure.ts'
import { openableHistory, openableTextOf } from '../../language/image.ts'
import { isId, type Kind, sealedFields } from '../../language/index.ts'
import { snake } from '../../language/names.ts'
import { isOwn } from '../access/actor.ts'
import { type Reach, reach, reachOf, within } from '../access/reach.ts'
import { maskText } from '../protect/mask.ts'
import { openImage, type PersonKey } from '../protect/record-persons.ts'
import { type Context, isOpenRegister, type Row, rows, rowWithPerson, statement } from './context.ts'
import { selectSql } from './statement.ts'

export type Version = { version: number; at: string; actor: { name: string; ownerTitle: string }; image: Row }

/** One record within a reach; the same answer whether it is absent or hidden. */
export async function read(context: Context, kind: Kind, id: string, bound: Reach): Promise<Row> {
  return (await readWithPerson(context, kind, id, bound)).row
}

/** The same, with the key of the person it speaks of, where there is one. */
export async function readWithPerson(
  context: Context,
  kind: Kind,
  id: string,
  bound: Reach,
): Promise<{ row: Row; person: PersonKey | undefined }> {
  const text = statement(kind, 'select', bound, () => selectSql(kind, bound))
  const found = isId(id) ? await rowWithPerson(context, kind, text, [id, bound.value]) : undefined
  if (!found) throw notFound(`这条${kind.title}`)
  return found
}

/** Those of some records that the actor reaches, in any order. */
export async function readMany(context: Context, kind: Kind, ids: readonly string[], bound: Reach): Promise<Row[]> {
  if (ids.length === 0) return []
  const text = statement(
    kind,
    'select many',
    bound,
    () =>
      `select ${openableTextOf(kind, 't')} as image from ${snake(kind.name)} t where t.id = any($1::uuid[]) and ${within('t', bound, '$2')}`,
  )
  return rows(context, kind, text, [ids, bound.value])
}

/** Every image the record ever had, oldest first. */
export async function history(context: Context, kind: Kind, id: string): Promise<Version[]> {
  const current = await read(context, kind, id, reach(context.actor, kind, 'read'))
  const found = await context.sql<{ version: number; at: Date; actor: string; image: Row }[]>`
    select version, at, actor, ${context.sql.unsafe(openableHistory(kind, 'image'))} as image from change
    where owner_id = ${current.ownerId} and kind = ${kind.name} and id = ${id} order by version`
  return found.map((row) => {
    const { name, ownerTitle } = JSON.parse(row.actor)
    return {
      version: row.version,
      at: row.at.toISOString(),
      actor: { name, ownerTitle },
      image: openImage(context.keyring, kind, row.image),
    }
  })
}

/** Titles and regions of what may be referred to, for pickers: those of open registers, others within reach. */
export async function refer(
  context: Context,
  kind: Kind,
  q: string,
): Promise<{ id: string; title: string; region: string }[]> {
  reach(context.actor, kind, 'refer')
  if (sealedFields(kind).includes(kind.titleFields[0] as string)) return referSealed(context, kind, q)
  const title = snake(kind.titleFields[0] as string)
  const like = `%${q.replace(/[\\%_]/g, '\\$&').slice(0, 60)}%`
  const bound = isOpenRegister(kind) ? undefined : reachOf(context.actor)
  return context.sql.unsafe<{ id: string; title: string; region: string }[]>(
    `select id, ${title}::text as title, region from ${snake(kind.name)} t
     where state <> 'void' and ${title}::text like $1${bound ? ` and ${within('t', bound, '$2')}` : ''}
     order by ${title}, id limit 30`,
    bound ? [like, bound.value] : [like],
    { prepare: true },
  )
}

/** Rows among which a sealed name is looked for: an employer's people, not a city's. */
const peopleMax = 2000

/** Names are sealed, so the newest rows of the reach are opened and compared here; others' people are masked. */
async function referSealed(context: Context, kind: Kind, q: string) {
  const bound = reachOf(context.actor)
  const found = await rows(
    context,
    kind,
    `select ${openableTextOf(kind, 't')} as image from ${snake(kind.name)} t
     where state <> 'void' and ${within('t', bound, '$1')} order by t.id desc limit ${peopleMax}`,
    [bound.value],
  )
  return found
    .map((row) => {
      const title = String(row[kind.titleFields[0] as string] ?? '已擦除')
      const own = isOwn(context.actor, row.ownerId)
      return { id: row.id, title: own ? title : maskText(title), region: String(row.region), name: title }
    })
    .filter((each) => each.name.includes(q))
    .slice(0, 30)
    .map(({ name, ...shown }) => shown)
}

/** What anybody may know of a record that the actor may refer to: its public fields. */
export async function referred(context: Context, kind: Kind, id: string): Promise<Record<string, unknown>> {
  reach(context.actor, kind, 'refer')
  const bound = isOpenRegister(kind) ? undefined : reachOf(context.actor)
  const text = `select ${openableTextOf(kind, 't')} as image from ${snake(kind.name)} t
     where t.id = $1 and t.state <> 'void'${bound ? ` and ${within('t', bound, '$2')}` : ''}`
  const [row] = isId(id) ? await rows(context, kind, text, bound ? [id, bound.value] : [id]) : []
  if (!row) throw notFound(`这条${kind.title}`)
  const open = Object.keys(kind.fields).filter((name) => kind.fields[name]?.class === 'public' && name in row)
  return { id: row.id, ...Object.fromEntries(open.map((name) => [name, row[name]])) }
}

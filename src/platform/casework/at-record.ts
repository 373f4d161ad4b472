import type { ISql, Sql } from 'postgres'
import { invalid, notFound } from '../../failure.ts'
import { tableOf } from '../../language/columns.ts'
import { titleOf } from '../../language/image.ts'
import { isId, type Kind, sealedFields } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { mayUse } from '../access/reach.ts'
import { accountActor } from '../access/session.ts'
import type { Keyring } from '../protect/keyring.ts'
import { openStore, type Row } from '../store/store.ts'

export type Kinds = ReadonlyMap<string, Kind>

/** What opens the door for records: their kinds, and the keys of what is sealed in them. */
export type Desk = { kinds: Kinds; keyring: Keyring }

/** A record that somebody may read, with its kind: what every act of casework begins with. */
export type AtRecord = { kind: Kind; row: Row; region: string }

/** The record, where the actor may read it; else the same answer as for one that does not exist. */
export async function atRecord(sql: ISql, { kinds, keyring }: Desk, actor: Actor, name: string, id: string, now: Date) {
  const kind = kinds.get(name)
  if (!kind || !isId(id) || !mayUse(actor, kind, 'read')) throw notFound('这条记录')
  const row = await openStore(sql, kinds, actor, now, keyring).read(kind, id)
  return { kind, row, region: String(row.region) } satisfies AtRecord
}

/** The words by which people know a record, and whom it is about, without those that are sealed: they stand in lists of 待办. */
export async function titleAt(sql: ISql, kind: Kind, id: string): Promise<string> {
  const sealed = sealedFields(kind)
  const titleFields = kind.titleFields.filter((name) => !sealed.includes(name))
  if (titleFields.length === 0) return kind.title
  // Of twenty inspections a number and an hour say which, but not where.
  const about = kind.about ? '(select o.title from owner o where o.id = t.about_id)' : 'null'
  const [row] = await sql.unsafe<{ title: string }[]>(
    `select concat_ws(' · ', ${titleOf({ ...kind, titleFields }, 't')}, ${about}) as title from ${tableOf(kind)} t where t.id = $1`,
    [id],
    { prepare: true },
  )
  return (row?.title || kind.title).slice(0, 120)
}

/** Refuses an account that may not read the record: nobody is sent to a page that stays closed. */
export async function requireReader(
  sql: Sql,
  { kinds, keyring }: Desk,
  account: unknown,
  at: { kind: Kind; row: Row },
  now: Date,
  place: string,
): Promise<Actor> {
  const person = isId(account) ? await accountActor(sql, account, now) : undefined
  const can =
    person &&
    mayUse(person, at.kind, 'read') &&
    (await openStore(sql, kinds, person, now, keyring)
      .read(at.kind, at.row.id)
      .then(
        () => true,
        () => false,
      ))
  if (!person || !can) throw invalid([{ code: 'no-such-record', text: '请选择能查看这条记录的人', at: place }])
  return person
}

/** People who may be asked or mentioned: colleagues, and for authorities the owner's people and other authorities. */
export async function peopleAt(sql: ISql, actor: Actor, at: AtRecord) {
  const others =
    actor.role === 'enterprise'
      ? sql`false`
      : sql`a.owner_id = ${at.row.ownerId} or (a.role = 'city' and left(${at.region}, 4) || '00' = o.region)
          or (a.role = 'county' and o.region = ${at.region})`
  return sql<{ id: string; name: string; ownerTitle: string }[]>`
    select a.id, a.name, o.title as "ownerTitle" from account a join owner o on o.id = a.owner_id
    where a.disabled_at is null and a.confirmed_at is not null and a.role in ('city', 'county', 'enterprise')
      and (a.owner_id = ${actor.ownerId} or ${others})
    order by a.owner_id = ${actor.ownerId} desc, o.title, a.name limit 300`
}

/** A text of some length, trimmed; control characters become spaces. */
export function textOf(
  value: unknown,
  at: string,
  title: string,
  { min = 1, max }: { min?: number; max: number },
): string {
  const text = typeof value === 'string' && value.isWellFormed() ? value.replace(/[^\P{Cc}\n]+/gu, ' ').trim() : ''
  if ([...text].length < min)
    throw invalid([{ code: 'missing', text: text === '' ? `请填写${title}` : `${title}至少写 ${min} 个字`, at }])
  if ([...text].length > max) throw invalid([{ code: 'too-long', text: `${title}最多 ${max} 字`, at }])
  return text
}

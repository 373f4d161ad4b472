import type { ISql } from 'postgres'
import { tableOf } from '../../language/columns.ts'
import { type Kind, sealedFields } from '../../language/index.ts'
import type { Keyring } from './keyring.ts'
import { blindOf } from './record-persons.ts'

/** A record that very likely speaks of somebody: it holds his name. What it says is not given out; a namesake's neither. */
export type AboutMe = {
  kind: string
  kindTitle: string
  id: string
  recordedAt: Date
  /** Titles of the personal fields that it may hold. */
  fields: string[]
  consents: { purpose: string; givenAt: Date; until: Date | null }[]
}

/** Shown at most of one kind: the newest. */
const most = 20

/** Records of one owner that hold this very name in a sealed field, newest first. */
export async function recordsNaming(
  sql: ISql,
  keyring: Keyring,
  kinds: Iterable<Kind>,
  of: { ownerId: string; name: string },
  now: Date,
): Promise<AboutMe[]> {
  const found: AboutMe[] = []
  for (const kind of kinds) {
    const sealed = sealedFields(kind)
    const names = sealed.filter((field) => kind.fields[field]?.type === 'text')
    if (names.length === 0) continue
    const wanted = names.map((field) => blindOf(keyring, kind, field, of.name))
    const rows = await sql.unsafe<{ id: string; recordedAt: Date; consents: AboutMe['consents'] | null }[]>(
      `select t.id, t.created_at as "recordedAt", (
         select jsonb_agg(jsonb_build_object('purpose', purpose)) from consents_of(t.person_id, $3)) as consents
       from ${tableOf(kind)} t where t.owner_id = $1 and t.blind && $2::text[] and t.state <> 'void'
       order by t.created_at desc limit ${most}`,
      [of.ownerId, wanted, now],
    )
    const fields = sealed.map((field) => kind.fields[field]?.title ?? field)
    found.push(
      ...rows.map((row) => ({ ...row, kind: kind.name, kindTitle: kind.title, fields, consents: row.consents ?? [] })),
    )
  }
  return found
}

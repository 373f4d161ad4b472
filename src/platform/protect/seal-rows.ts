import type { Sql } from 'postgres'
import { tableOf } from '../../language/columns.ts'
import { imageOf, openableImageOf } from '../../language/image.ts'
import { type Kind, openPersonalFields, sealedFields } from '../../language/index.ts'
import { snake } from '../../language/names.ts'
import { sealedColumns } from '../../language/sealed.ts'
import { columnsOf } from '../store/context.ts'
import { searchVector } from '../store/search.ts'
import type { Keyring } from './keyring.ts'
import { newPerson, openImage, personOf, personRow, sealFields } from './record-persons.ts'

/** Rows sealed in one transaction. */
const batch = 200

const actor = JSON.stringify({ userId: '', name: '个人信息加密', ownerId: '', ownerTitle: '系统' })

async function sealBatch(sql: Sql, kind: Kind, keyring: Keyring, now: Date): Promise<number> {
  const table = tableOf(kind)
  const columns = sealedColumns(kind).map((column) => column.name)
  const inTheClear = columns.map((name) => `t.${name} is not null`).join(' or ')
  return sql.begin(async (tx) => {
    const rows = await tx.unsafe<{ image: Record<string, unknown> & { id: string; ownerId: string } }[]>(
      `select ${imageOf(kind, 't')} as image from ${table} t where ${inTheClear} limit ${batch} for update skip locked`,
    )
    await tx`select set_config('shisu.actor', ${actor}, true)`
    for (const { image } of rows) {
      const person = newPerson(keyring.suite, now)
      const { person_id, sealed, blind } = sealFields(keyring, kind, image.id, person, image)
      const { id, owner, suite, key, at } = personRow(keyring, person, image.ownerId, now.toISOString())
      await tx`select keep_person(${id as string}, ${owner as string}, ${suite as string}, ${key as string}, ${at as string})`
      await tx.unsafe(
        `update ${table} set ${columns.map((name) => `${name} = null`).join(', ')}, person_id = $1, sealed = $2,
           blind = $3, search = $4::tsvector, version = version + 1, updated_at = $5 where owner_id = $6 and id = $7`,
        [person_id, sealed, blind, searchVector(keyring, kind, image), at, image.ownerId, image.id] as never[],
      )
    }
    return rows.length
  }) as Promise<number>
}

/** The field by which a row is known whose open personal fields lie sealed: one that is always filled. */
const tellingField = (kind: Kind): string | undefined =>
  openPersonalFields(kind).filter((name) => kind.fields[name]?.required)[0]

/**
 * Gives back to their columns the fields that do not identify anybody, of rows whose whole personal part was sealed: by a
 * release that knew no difference. Rows of erased persons stay as they are: nobody can open them.
 */
async function openBatch(sql: Sql, kind: Kind, keyring: Keyring, now: Date): Promise<number> {
  const telling = tellingField(kind)
  if (!telling) return 0
  const table = tableOf(kind)
  return sql.begin(async (tx) => {
    const rows = await tx.unsafe<{ image: Record<string, unknown> & { id: string; ownerId: string } }[]>(
      `select ${openableImageOf(kind, 't')} as image from ${table} t
       where t.${snake(telling)} is null and t.sealed is not null and person_key(t.person_id) is not null
       limit ${batch} for update skip locked`,
    )
    await tx`select set_config('shisu.actor', ${actor}, true)`
    let gained = 0
    for (const { image } of rows) {
      const person = personOf(keyring, image)
      if (!person) continue
      const row = openImage(keyring, kind, image, person)
      const given = Object.fromEntries(openPersonalFields(kind).map((name) => [name, row[name]]))
      gained += row[telling] === undefined ? 0 : 1
      const { sealed, blind } = sealFields(keyring, kind, image.id, person, row)
      const columns = { ...columnsOf(kind, given), sealed, blind, updated_at: now }
      await tx.unsafe(
        `update ${table} t set (${Object.keys(columns).join(', ')}) =
           (select ${Object.keys(columns)
             .map((name) => `r.${name}`)
             .join(', ')} from jsonb_populate_record(t, $1::text::jsonb) r), version = version + 1
         where owner_id = $2 and id = $3`,
        [JSON.stringify(columns), image.ownerId, image.id],
      )
    }
    return gained
  }) as Promise<number>
}

/**
 * Seals the rows that lie in the clear: those from before sealing, and those that an older release still writes while a
 * newer one is brought in; and gives back what an older release sealed although it names nobody. Each is a version of its
 * own, so that history says when it happened. What history saw before stays as it was seen. Returns how many rows were
 * written; `onProgress` hears that after each batch, and stops the work by throwing.
 */
export async function sealRows(
  sql: Sql,
  kinds: Iterable<Kind>,
  keyring: Keyring,
  now: Date,
  onProgress: (done: number) => Promise<void> = async () => {},
): Promise<number> {
  let done = 0
  for (const kind of kinds) {
    if (sealedFields(kind).length === 0) continue
    for (const write of [sealBatch, openBatch])
      for (;;) {
        const count = await write(sql, kind, keyring, now)
        done += count
        if (count > 0) await onProgress(done)
        if (count < batch) break
      }
  }
  return done
}

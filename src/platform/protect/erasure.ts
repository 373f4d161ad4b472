import { rm } from 'node:fs/promises'
import type { ISql } from 'postgres'
import { Failure } from '../../failure.ts'
import { tableOf } from '../../language/columns.ts'
import { openableImageOf } from '../../language/image.ts'
import { type Kind, sealedFields } from '../../language/index.ts'
import { type Actor, signature } from '../access/actor.ts'
import { pathOf } from '../files/files.ts'
import { searchVector } from '../store/search.ts'
import type { Keyring } from './keyring.ts'
import { blindOf, openImage } from './record-persons.ts'

type Row = Record<string, unknown> & { id: string; ownerId: string }

/** A record that speaks of a person, without anything of what it says. */
export type Spoken = { kind: string; id: string; person: string }

export type Alike = Spoken & { kindTitle: string; same: string[] }

/** Shown at most; whoever has more records of one person writes to the maintainers of the data, not through a page. */
const alikeMax = 200

const isIdentity = (kind: Kind, name: string) => /^(text|code)$/.test(kind.fields[name]?.type ?? '')

/**
 * Other records of the same owner that hold one of the same texts in a sealed field (a name, a number): very likely the
 * same person. The fields that are the same are named, so that whoever asks can tell namesakes apart.
 */
export async function alikeTo(
  sql: ISql,
  keyring: Keyring,
  kinds: Iterable<Kind>,
  of: { kind: Kind; row: Row },
): Promise<Alike[]> {
  const texts = sealedFields(of.kind).flatMap((name) => {
    const value = of.row[name]
    return isIdentity(of.kind, name) && typeof value === 'string' ? [value] : []
  })
  const found: Alike[] = []
  if (texts.length === 0) return found
  for (const kind of kinds) {
    const names = sealedFields(kind).filter((name) => isIdentity(kind, name))
    if (names.length === 0) continue
    const wanted = new Map(names.flatMap((name) => texts.map((text) => [blindOf(keyring, kind, name, text), name])))
    const rows = await sql.unsafe<{ id: string; person: string; blind: string[] }[]>(
      `select id, person_id as person, blind from ${tableOf(kind)}
       where owner_id = $1 and blind && $2::text[] and id <> $3 order by id desc limit ${alikeMax}`,
      [of.row.ownerId, [...wanted.keys()], of.row.id],
    )
    for (const { id, person, blind } of rows) {
      const same = [...new Set(blind.flatMap((each) => wanted.get(each) ?? []))]
      found.push({
        kind: kind.name,
        kindTitle: kind.title,
        id,
        person,
        same: same.map((n) => kind.fields[n]?.title ?? n),
      })
    }
  }
  return found
}

/** Hashes of the pictures and files that a record holds of the person. */
function filesOf(kind: Kind, row: Row): string[] {
  return sealedFields(kind).flatMap((name) => {
    const value = row[name]
    if (!Array.isArray(value)) return []
    return value.flatMap((each) =>
      typeof each === 'string' ? [each] : typeof each?.sha256 === 'string' ? [each.sha256] : [],
    )
  })
}

/** Bytes that nobody else uploaded too are removed from the disk; that they were there stays known. */
async function removeFiles(sql: ISql, dataDir: string, ownerId: string, hashes: readonly string[]): Promise<void> {
  for (const sha256 of hashes) {
    const others = await sql`select from file where sha256 = ${sha256} and owner_id <> ${ownerId} limit 1`
    if (others.length === 0) await rm(pathOf(dataDir, sha256), { force: true })
  }
}

type Erasure = { approval: string; askedName: string; reason: string; records: readonly Spoken[] }

/**
 * Destroys the keys of the persons whom some records speak of, within the transaction of the approval. From then on the
 * rows, their history, exports kept as text and every backup of these tables hold noise; what could find them is cleared.
 */
export async function erase(
  tx: ISql,
  house: { keyring: Keyring; kinds: ReadonlyMap<string, Kind>; dataDir: string },
  decider: Actor,
  { approval, askedName, reason, records }: Erasure,
  now: Date,
): Promise<number> {
  let done = 0
  for (const { kind: name, id, person } of records) {
    const kind = house.kinds.get(name)
    if (!kind) continue
    const [found] = await tx.unsafe<{ image: Row }[]>(
      `select ${openableImageOf(kind, 't')} as image from ${tableOf(kind)} t where id = $1 and person_id = $2 for update`,
      [id, person],
    )
    if (!found) throw new Failure(409, 'changed', '申请之后记录有变动，请重新申请')
    const row = openImage(house.keyring, kind, found.image)
    const [{ digest } = { digest: null }] = await tx<{ digest: string | null }[]>`
      select destroy_person_key(${person}, ${reason}, ${now}) as digest`
    if (!digest) continue
    await tx`insert into person_erasure (person_id, owner_id, kind, record_id, approval_id, asked_by, decided_by, reason, key_sha256, at)
      values (${person}, ${row.ownerId}, ${name}, ${id}, ${approval}, ${askedName}, ${decider.name}, ${reason}, ${digest}, ${now})`
    const kept = Object.fromEntries(Object.entries(row).filter(([field]) => !sealedFields(kind).includes(field)))
    await tx`select set_config('shisu.actor', ${signature(decider)}, true)`
    await tx.unsafe(
      `update ${tableOf(kind)} set blind = null, search = $1::tsvector, version = version + 1, updated_at = $2 where id = $3`,
      [searchVector(house.keyring, kind, kept), now, id] as never[],
    )
    await removeFiles(tx, house.dataDir, row.ownerId, filesOf(kind, row))
    done++
  }
  return done
}

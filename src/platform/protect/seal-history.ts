import type { ISql, Sql } from 'postgres'
import { tableOf } from '../../language/columns.ts'
import { type Kind, sealedFields } from '../../language/index.ts'
import { snake } from '../../language/names.ts'
import { commitment, entryOf } from '../../ledger/index.ts'
import type { DangerousAct } from '../access/approvals.ts'
import type { Run } from '../jobs/job.ts'
import type { Keyring } from './keyring.ts'
import { newPerson, type PersonKey, personOf, personRow, sealFields, sealText } from './record-persons.ts'

/** Versions sealed in one transaction; each is vouched for by one row of the log. */
const batch = 200

const jobName = 'seal-history'
const actor = JSON.stringify({ userId: '', name: '历史加密', ownerId: '', ownerTitle: '系统' })
const platformOwner = '00000000-0000-0000-0000-000000000000'

/** Rewriting what history holds of persons is asked for by one administrator and allowed by another. */
export const sealHistoryAct: DangerousAct = {
  name: jobName,
  title: '加密历史里的个人信息',
  deciders: ['system', 'security', 'audit'],
  async carryOut(sql, _subject, decider, now) {
    await sql`update job set next_at = ${now}, asked_by = ${decider.name} where name = ${jobName}`
    return undefined
  },
}

type Copied = { name: string; from: string; to: Kind; fields: string[] }
type Image = Record<string, unknown> & { id: string; ownerId: string }
type Version = { seq: string; image: Image; entry: string; salt: Buffer; payload: string; at: Date; use: string }

/** Snapshots that hold something of a person whom another record names. */
function copiesOf(kind: Kind, kinds: ReadonlyMap<string, Kind>): Copied[] {
  return Object.entries(kind.fields).flatMap(([name, field]) => {
    if (field.type !== 'snapshot') return []
    const source = kind.fields[field.from]
    const to = source?.type === 'reference' ? kinds.get(source.to) : undefined
    const fields = to ? field.fields.filter((each) => sealedFields(to).includes(each)) : []
    return to && fields.length > 0 ? [{ name, from: field.from, to, fields }] : []
  })
}

const list = (names: readonly string[]) => `array[${names.map((name) => `'${name}'`).join(', ')}]::text[]`

/** SQL that holds where an image tells something of a person in the clear; undefined where a kind's images never do. */
function inTheClear(kind: Kind, kinds: ReadonlyMap<string, Kind>): string | undefined {
  const own = sealedFields(kind)
  const parts = [
    ...(own.length > 0 ? [`c.image ?| ${list(own)}`] : []),
    ...copiesOf(kind, kinds).map(({ name, fields }) => `c.image->'${name}' ?| ${list(fields)}`),
  ]
  return parts.length > 0 ? `c.stream = 0 and c.kind = '${kind.name}' and (${parts.join(' or ')})` : undefined
}

/** How many versions lie in the clear, by kind; more than `most` of a kind are not counted further. */
export async function clearHistory(
  sql: ISql,
  kinds: ReadonlyMap<string, Kind>,
  most = 100_000,
): Promise<{ kind: string; title: string; versions: number }[]> {
  const found = []
  for (const kind of kinds.values()) {
    const clear = inTheClear(kind, kinds)
    if (!clear) continue
    const [row] = await sql.unsafe<{ n: number }[]>(
      `select count(*)::int as n from (select from change c where ${clear} limit ${most}) t`,
    )
    if (row && row.n > 0) found.push({ kind: kind.name, title: kind.title, versions: row.n })
  }
  return found
}

/** The key that a record's past is sealed under; of an erased person one that nobody keeps. */
async function keyOfRecord(tx: ISql, keyring: Keyring, kind: Kind, id: string, now: Date): Promise<PersonKey> {
  const table = tableOf(kind)
  const [row] = await tx.unsafe<{ personId: string | null; personKey: string | null; ownerId: string }[]>(
    `select person_id as "personId", person_key(person_id) as "personKey", owner_id as "ownerId" from ${table} where id = $1`,
    [id],
  )
  const known = row?.personId ? personOf(keyring, { personId: row.personId, personKey: row.personKey }) : undefined
  if (known) return known
  const made = newPerson(keyring.suite, now)
  if (row?.personId) return { ...made, id: row.personId, isNew: false }
  if (!row) return { ...made, isNew: false }
  // Nothing of a person stands in the record any more, but its past speaks of one: from now on an erasure reaches it.
  const { id: person, owner, suite, key, at } = personRow(keyring, made, row.ownerId, now.toISOString())
  await tx`select keep_person(${person as string}, ${owner as string}, ${suite as string}, ${key as string}, ${at as string})`
  await tx.unsafe(`update ${table} set person_id = $1, version = version + 1, updated_at = $2 where id = $3`, [
    person as string,
    now,
    id,
  ])
  return { ...made, isNew: false }
}

type Sealed = { seq: string; without: string[]; put: Record<string, unknown>; persons: string[]; entry: string }

type House = { sql: Sql; keyring: Keyring; kinds: ReadonlyMap<string, Kind> }

async function sealVersion(
  tx: ISql,
  { keyring, kinds }: House,
  kind: Kind,
  version: Version,
  now: Date,
): Promise<Sealed> {
  const { seq, image, entry } = version
  const without = sealedFields(kind).filter((name) => name in image)
  const put: Record<string, unknown> = {}
  const persons: string[] = []
  if (without.length > 0) {
    const person = await keyOfRecord(tx, keyring, kind, image.id, now)
    put.personId = person.id
    put.sealed = sealFields(keyring, kind, image.id, person, image).sealed
    persons.push(person.id)
  }
  for (const copied of copiesOf(kind, kinds)) {
    const value = image[copied.name] as Record<string, unknown> | undefined
    const closed = copied.fields.filter((name) => value && name in value)
    if (!value || closed.length === 0) continue
    const of = String(image[copied.from])
    const person = await keyOfRecord(tx, keyring, copied.to, of, now)
    const told = Object.fromEntries(closed.map((name) => [name, value[name]]))
    const open = Object.fromEntries(Object.entries(value).filter(([name]) => !closed.includes(name)))
    put[copied.name] = { ...open, person: { of, id: person.id, sealed: sealText(copied.to, of, person, told) } }
    persons.push(person.id)
  }
  return { seq, without, put, persons, entry }
}

/**
 * Seals one batch of a kind's versions after `after`. A version whose leaf does not fit it is left as it is: sealing
 * would hide that somebody altered it. Returns where it came to, how many it sealed and how many it left.
 */
async function sealBatch(
  house: House,
  kind: Kind,
  clear: string,
  after: string,
  approval: string,
  region: string,
  now: Date,
) {
  return house.sql.begin(async (tx) => {
    const versions = await tx.unsafe<Version[]>(
      `select c.seq::text, c.image, c.at, l.entry, l.salt, l.entry::jsonb->>'use' as use,
         jsonb_build_object('owner', c.owner_id, 'kind', c.kind, 'id', c.id, 'version', c.version,
           'schemaVersion', c.schema_version, 'actor', c.actor, 'region', c.region,
           'at', to_char(c.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'image', c.image)::text as payload
       from change c join ledger_leaf l on l.source = 'change' and l.ref = c.seq
       where ${clear} and c.seq > $1::bigint order by c.seq limit ${batch}`,
      [after],
    )
    if (versions.length === 0) return undefined
    await tx`select set_config('shisu.actor', ${actor}, true)`
    const fitting = versions.filter(
      ({ payload, salt, entry, at, use }) =>
        entryOf({ type: kind.name, at: at.toISOString(), use: use as 'parties' }, commitment(payload, salt)) === entry,
    )
    const sealed: Sealed[] = []
    for (const version of fitting) sealed.push(await sealVersion(tx, house, kind, version, now))
    const [row] = await tx<{ n: number }[]>`
      select seal_history(${approval}, ${tx.json(sealed as never)}, ${actor}, ${region}, ${platformOwner}, ${now}) as n`
    return { to: versions.at(-1)?.seq ?? after, sealed: row?.n ?? 0, left: versions.length - fitting.length }
  }) as Promise<{ to: string; sealed: number; left: number } | undefined>
}

/** Receipts and the like still hold what they copied of somebody in their own row: sealed there too, as a new version. */
async function sealSnapshots(house: House, kind: Kind, now: Date): Promise<number> {
  let done = 0
  for (const { name, from, to, fields } of copiesOf(kind, house.kinds)) {
    const column = snake(name)
    for (;;) {
      const count = (await house.sql.begin(async (tx) => {
        const rows = await tx.unsafe<{ id: string; of: string; value: Record<string, unknown> }[]>(
          `select id, ${snake(from)} as of, ${column} as value from ${tableOf(kind)}
           where ${column} ?| ${list(fields)} limit ${batch} for update skip locked`,
        )
        await tx`select set_config('shisu.actor', ${actor}, true)`
        for (const { id, of, value } of rows) {
          const person = await keyOfRecord(tx, house.keyring, to, of, now)
          const closed = fields.filter((each) => each in value)
          const told = Object.fromEntries(closed.map((each) => [each, value[each]]))
          const copied = { of, id: person.id, sealed: sealText(to, of, person, told) }
          await tx.unsafe(
            `update ${tableOf(kind)} set ${column} = (${column} - $1::text[]) || jsonb_build_object('person', $2::text::jsonb),
               version = version + 1, updated_at = $3 where id = $4`,
            [closed, JSON.stringify(copied), now, id],
          )
        }
        return rows.length
      })) as number
      done += count
      if (count < batch) break
    }
  }
  return done
}

/**
 * The job: once two administrators have allowed it, every version that lies in the clear is sealed under its person's key,
 * so that an erasure reaches it. Opened, each is again what its leaf of the log commits to; after an erasure a leaf of its
 * own vouches that nothing else was changed. Cut off, it goes on where it stopped.
 */
export async function sealHistory(house: House, region: string, run: Pick<Run, 'now' | 'progress'>): Promise<number> {
  const [allowed] = await house.sql<{ id: string }[]>`
    select id from approval where act = ${sealHistoryAct.name} and state = 'approved' order by decided_at desc limit 1`
  if (!allowed) return 0
  const total = (await clearHistory(house.sql, house.kinds)).reduce((sum, { versions }) => sum + versions, 0)
  let [done, left] = [0, 0]
  for (const kind of house.kinds.values()) {
    const clear = inTheClear(kind, house.kinds)
    if (!clear) continue
    done += await sealSnapshots(house, kind, run.now)
    for (let after = '0'; ; ) {
      const went = await sealBatch(house, kind, clear, after, allowed.id, region, run.now)
      if (!went) break
      after = went.to
      done += went.sealed
      left += went.left
      await run.progress(done, Math.max(total, done), left > 0 ? `${left} 个版本与存证不符，没有改动` : undefined)
    }
  }
  return done
}

import { randomBytes } from 'node:crypto'
import type { ISql, Sql } from 'postgres'
import { Failure, forbidden, notFound } from '../../failure.ts'
import { isId } from '../../language/index.ts'
import type { Actor } from '../access/actor.ts'
import { uuidv7 } from '../id.ts'
import type { Keyring } from './keyring.ts'
import { keyBytes, openWith, type Suite, sealWith } from './suite.ts'

/** What is known of a natural person: exact names, plain texts. `blind` ones can be found by their value. */
export type PersonFields = Readonly<Record<string, string>>

export type Purpose = 'face' | 'health' | 'minor'

export type Consent = {
  purpose: Purpose
  words: string
  givenBy: 'self' | 'guardian'
  givenAt: Date
  until: Date | null
  takenBy: string | null
  withdrawnAt: Date | null
  withdrawnBy: string | null
}

export type Persons = {
  create(fields: PersonFields): Promise<string>
  /** The newest values. An erased person is not found. */
  read(id: string): Promise<Record<string, string>>
  /** Correction: older values stay sealed beside the new ones. */
  correct(id: string, fields: PersonFields): Promise<void>
  /** Persons of the actor's reach whose field has exactly this value. */
  find(name: string, value: string): Promise<string[]>
  /** A new consent of a purpose takes the place of an open one; without `until` it holds until it is taken back. */
  consent(id: string, purpose: Purpose, words: string, by: 'self' | 'guardian', until?: Date | null): Promise<void>
  /** Every consent ever given, newest first. */
  consents(id: string): Promise<Consent[]>
  withdraw(id: string, purpose: Purpose): Promise<void>
  /** Refuses unless the person agreed to this and has not taken it back. */
  requireConsent(id: string, purpose: Purpose): Promise<void>
}

/** What a person's wrapped key is bound to. */
export const keyAbout = (id: string) => `person.key ${id}`
const valueAbout = (id: string, name: string) => Buffer.from(`person_field ${id} ${name}`)

/** Names the actor's reach to the database, whose row security then holds for this transaction. */
async function inReach<T>(sql: Sql, actor: Actor, work: (tx: ISql) => Promise<T>): Promise<T> {
  const { role, ownerId, region } = actor
  if (role !== 'city' && role !== 'county' && role !== 'enterprise') throw forbidden()
  return sql.begin(async (tx) => {
    await tx`select set_config('shisu.owner', ${role === 'enterprise' ? ownerId : ''}, true),
      set_config('shisu.county', ${role === 'county' ? region : ''}, true),
      set_config('shisu.city', ${role === 'city' ? region : ''}, true)`
    return work(tx)
  }) as Promise<T>
}

type KeyRow = { ownerId: string; suite: Suite; key: Buffer }

async function keyOf(tx: ISql, keyring: Keyring, id: string): Promise<{ ownerId: string; suite: Suite; key: Buffer }> {
  const [row] = isId(id)
    ? await tx<KeyRow[]>`select owner_id as "ownerId", suite, key from person where id = ${id} and key is not null`
    : []
  if (!row) throw notFound('这个人的信息')
  return { ...row, key: keyring.open(row.key, keyAbout(id)) }
}

/** The same person in two owners has two keys and two digests: nobody can tell that it is one. */
const blindOf = (keyring: Keyring, ownerId: string, name: string, value: string) =>
  keyring.digest('person-field', `${ownerId} ${name} ${value}`)

async function write(tx: ISql, keyring: Keyring, id: string, fields: PersonFields, now: Date): Promise<void> {
  const { ownerId, suite, key } = await keyOf(tx, keyring, id)
  for (const [name, value] of Object.entries(fields)) {
    const sealed = sealWith(suite, key, Buffer.from(value, 'utf8'), valueAbout(id, name))
    await tx`update person_field set blind = null where person_id = ${id} and name = ${name}`
    await tx`
      insert into person_field (person_id, owner_id, name, version, sealed, blind, at)
      select ${id}, ${ownerId}, ${name}, coalesce(max(version), 0) + 1, ${sealed}, ${blindOf(keyring, ownerId, name, value)}, ${now}
      from person_field where person_id = ${id} and name = ${name}`
  }
}

/** The door to data of natural persons, for one actor. */
export function openPersons(
  sql: Sql,
  keyring: Keyring,
  actor: Actor,
  now: Date,
  suite: Suite = 'aes-256-gcm',
): Persons {
  return {
    create: (fields) =>
      inReach(sql, actor, async (tx) => {
        const id = uuidv7(now.getTime())
        const key = keyring.seal(randomBytes(keyBytes[suite]), keyAbout(id))
        await tx`insert into person (id, owner_id, suite, key, created_at) values (${id}, ${actor.ownerId}, ${suite}, ${key}, ${now})`
        await write(tx, keyring, id, fields, now)
        return id
      }),
    read: (id) =>
      inReach(sql, actor, async (tx) => {
        const { suite: its, key } = await keyOf(tx, keyring, id)
        const rows = await tx<{ name: string; sealed: Buffer }[]>`
          select distinct on (name) name, sealed from person_field where person_id = ${id} order by name, version desc`
        return Object.fromEntries(
          rows.map(({ name, sealed }) => [name, openWith(its, key, sealed, valueAbout(id, name)).toString('utf8')]),
        )
      }),
    correct: (id, fields) => inReach(sql, actor, (tx) => write(tx, keyring, id, fields, now)),
    find: (name, value) =>
      inReach(sql, actor, async (tx) => {
        // An authority looks under each owner of its reach, by that owner's digest.
        const owners = await tx<{ ownerId: string }[]>`select distinct owner_id as "ownerId" from person`
        const blinds = owners.map(({ ownerId }) => blindOf(keyring, ownerId, name, value).toString('hex'))
        const rows = await tx<{ personId: string }[]>`
          select person_id as "personId" from person_field where name = ${name}
            and blind = any(array(select decode(b, 'hex') from unnest(${blinds}::text[]) b))`
        return rows.map(({ personId }) => personId)
      }),
    consent: (id, purpose, words, by, until = null) =>
      inReach(sql, actor, async (tx) => {
        const { ownerId } = await keyOf(tx, keyring, id)
        // One after the other: of two at the same moment each would find nothing open to take the place of.
        await tx`select pg_advisory_xact_lock(hashtextextended(${`consent ${id}`}, 0))`
        await tx`update consent set withdrawn_at = ${now}, withdrawn_by = ${actor.name}
          where person_id = ${id} and purpose = ${purpose} and withdrawn_at is null`
        await tx`insert into consent (id, person_id, owner_id, purpose, words, given_by, given_at, until, taken_by)
          values (${uuidv7(now.getTime())}, ${id}, ${ownerId}, ${purpose}, ${words}, ${by}, ${now}, ${until}, ${actor.name})`
      }),
    consents: (id) =>
      inReach(sql, actor, async (tx) => {
        const rows = await tx<Consent[]>`
          select purpose, words, given_by as "givenBy", given_at as "givenAt", until, taken_by as "takenBy",
            withdrawn_at as "withdrawnAt", withdrawn_by as "withdrawnBy"
          from consent where person_id = ${id} order by given_at desc`
        return [...rows]
      }),
    withdraw: (id, purpose) =>
      inReach(sql, actor, async (tx) => {
        await tx`update consent set withdrawn_at = ${now}, withdrawn_by = ${actor.name}
          where person_id = ${id} and purpose = ${purpose} and withdrawn_at is null`
      }),
    requireConsent: (id, purpose) =>
      inReach(sql, actor, async (tx) => {
        const rows =
          await tx`select from consent where person_id = ${id} and purpose = ${purpose} and withdrawn_at is null
            and (until is null or until > ${now})`
        if (rows.length === 0)
          throw new Failure(403, 'no-consent', '本人（未成年人由监护人）没有同意这项处理，或已撤回同意')
      }),
  }
}

/** Destroys a person's key: every value, here, in history and in every backup, is from now on noise. */
export async function erasePerson(sql: Sql, actor: Actor, id: string, reason: string, now: Date): Promise<void> {
  await inReach(sql, actor, async (tx) => {
    const [row] = isId(id)
      ? await tx`update person set key = null, erased_at = ${now}, erased_reason = ${reason}
          where id = ${id} and erased_at is null returning id`
      : []
    if (!row) throw notFound('这个人的信息')
    await tx`update person_field set blind = null where person_id = ${id}`
  })
}

/**
 * After a rotation: wraps every person's key under the newest one. Returns how many were; none is left then. `onProgress`
 * hears that after each batch, and stops the work by throwing.
 */
export async function rewrapPersons(
  sql: Sql,
  keyring: Keyring,
  onProgress: (done: number) => Promise<void> = async () => {},
): Promise<number> {
  for (let done = 0; ; ) {
    const rows = await sql<
      { id: string; key: Buffer }[]
    >`select id, key from persons_to_rewrap(${keyring.current}, 500)`
    if (rows.length === 0) return done
    for (const { id, key } of rows)
      await sql`select rewrap_person(${id}, ${key}, ${keyring.seal(keyring.open(key, keyAbout(id)), keyAbout(id))})`
    done += rows.length
    await onProgress(done)
  }
}

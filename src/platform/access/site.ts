import { createHash, randomBytes } from 'node:crypto'
import type { ISql } from 'postgres'
import { Failure, invalid } from '../../failure.ts'
import { uuidv7 } from '../id.ts'
import type { Keyring } from '../protect/keyring.ts'
import { type Actor, signature } from './actor.ts'
import { isPersons } from './clients.ts'
import { type Door, mayEnter } from './door.ts'
import { countAttempt, countFailure, countSuccess } from './guard.ts'
import { openSession, usableAccount } from './session.ts'

/** A shared phone does the daily records and nothing else: no administration, no exports, no account. */
const sharedScopes = ['records', 'operations', 'desk']

const codeHash = (code: string): Buffer => createHash('sha256').update(code).digest()

/** A keyed digest: unique within an owner, so that a PIN names one person and a stolen table names nobody. */
export const pinDigest = (keyring: Keyring, ownerId: string, pin: string): Buffer =>
  keyring.digest('site-pin', `${ownerId} ${pin}`)

/** Opens a place to sign in at, for one owner. The code is shown once, as the QR to hang up. */
export async function openSitePoint(
  sql: ISql,
  actor: Actor,
  title: string,
  now: Date,
): Promise<{ id: string; code: string }> {
  const id = uuidv7(now.getTime())
  const code = randomBytes(18).toString('base64url')
  await sql`insert into site_point (id, owner_id, title, code_hash, created_by, created_at)
    values (${id}, ${actor.ownerId}, ${title}, ${codeHash(code)}, ${signature(actor)}, ${now})`
  return { id, code }
}

/** Gives a person of the owner a PIN. Sequences and repeated digits are refused: they are tried first. */
export async function setPin(
  sql: ISql,
  keyring: Keyring,
  account: { id: string; ownerId: string },
  pin: unknown,
  now: Date,
): Promise<void> {
  const refuse = (text: string) => invalid([{ code: 'weak-pin', text, at: '/pin' }])
  if (typeof pin !== 'string' || !/^\d{6}$/.test(pin)) throw refuse('PIN 应为六位数字')
  if (/^(\d)\1{5}$/.test(pin) || '01234567890'.includes(pin) || '09876543210'.includes(pin))
    throw refuse('PIN 太简单，请不要用连续或相同的数字')
  const digest = pinDigest(keyring, account.ownerId, pin)
  // The table itself says whether it is taken: of two people who get the same one at once, one is told.
  await sql`insert into site_pin (account_id, owner_id, pin_digest, set_at)
    values (${account.id}, ${account.ownerId}, ${digest}, ${now})
    on conflict (account_id) do update set pin_digest = excluded.pin_digest, set_at = excluded.set_at`.catch(
    (error) => {
      throw error.code === '23505' ? refuse('请换一个 PIN') : error
    },
  )
}

/** Signs in on a shared phone: the place by its QR, the person by the PIN. Narrow, and soon idle. */
export async function siteSignIn(
  door: Door,
  code: unknown,
  pin: unknown,
): Promise<{ token: string; accountId: string }> {
  const { sql, now } = door
  const wrong = new Failure(401, 'wrong-pin', '二维码或 PIN 不对')
  const lockout = await door.policies.get('lockout')
  const place = `site ${typeof code === 'string' ? code.slice(0, 100) : ''}`
  const limit = { failures: lockout.siteFailures, minutes: lockout.minutes }
  const byAddress = `address ${door.address}`
  const addressLimit = { failures: lockout.addressFailures, minutes: lockout.minutes }
  await countAttempt(sql, byAddress, addressLimit, now)
  await countAttempt(sql, place, limit, now)
  const [point] =
    typeof code === 'string'
      ? await sql<{ ownerId: string }[]>`
          select owner_id as "ownerId" from site_point where code_hash = ${codeHash(code)} and revoked_at is null`
      : []
  const digest = pinDigest(door.keyring, point?.ownerId ?? '', typeof pin === 'string' ? pin.slice(0, 20) : '')
  const [person] = point
    ? await sql<{ accountId: string }[]>`
        select p.account_id as "accountId" from site_pin p join account a on a.id = p.account_id
        where p.owner_id = ${point.ownerId} and p.pin_digest = ${digest} and a.owner_id = p.owner_id
          and ${isPersons(sql, 'a')}`
    : []
  const account = person && (await usableAccount(sql, { id: person.accountId }, now))
  if (account?.role !== 'enterprise' || !(await mayEnter(door, account.role))) {
    await countFailure(sql, place, limit, now)
    await countFailure(sql, byAddress, addressLimit, now)
    throw wrong
  }
  // Taken back, not begun anew: with a PIN of one's own one must not win tries at the others'.
  await countSuccess(sql, place, 'take-back')
  await countSuccess(sql, byAddress, 'take-back')
  const { siteIdleMinutes } = await door.policies.get('session')
  const proven = { factor: 'site-pin', next: null, scopes: sharedScopes, idleMinutes: siteIdleMinutes }
  return { token: await openSession(door, account, proven), accountId: account.id }
}

import type { ISql, Sql } from 'postgres'
import { Failure, invalid, notFound } from '../../failure.ts'
import { isId } from '../../language/index.ts'
import { uuidv7 } from '../id.ts'
import { holds, isPublicKey, type SigningSuite, signingSuites } from '../protect/signing.ts'
import type { Actor } from './actor.ts'

export type SigningKey = {
  id: string
  title: string
  suite: SigningSuite
  publicKey: string
  createdAt: Date
  revokedAt: Date | null
  revokedReason: string | null
}

/** Keys that one account may have in force: a desk's, a phone's, a system's. */
const keysMax = 5

/** What a new key signs to show that whoever registers it holds the private half. */
export const possessionText = (userId: string, publicKey: string): string => `shisu-key-v1\n${userId}\n${publicKey}\n`

/** An account's keys, newest first. */
export async function signingKeysOf(sql: Sql, userId: string): Promise<SigningKey[]> {
  return sql<SigningKey[]>`
    select id, title, suite, encode(public_key, 'base64') as "publicKey", created_at as "createdAt",
      revoked_at as "revokedAt", revoked_reason as "revokedReason"
    from signing_key where account_id = ${userId} order by created_at desc limit 50`
}

const bytesOf = (text: unknown): Buffer =>
  typeof text === 'string' && /^[A-Za-z0-9+/_-]{40,100}={0,2}$/.test(text)
    ? Buffer.from(text, 'base64')
    : Buffer.alloc(0)

export type WantedKey = { title: string; suite: SigningSuite; publicKey: string }

/** Checks a public key for an account; `proof` is its signature over `possessionText`. The private half never comes here. */
export function checkKey(
  of: Pick<Actor, 'userId'>,
  input: { title?: unknown; suite?: unknown; publicKey?: unknown; proof?: unknown },
): WantedKey {
  const suite = signingSuites.find((each) => each === input.suite)
  if (!suite) throw invalid([{ code: 'not-an-option', text: '算法应为 ed25519 或 sm2', at: '/suite' }])
  const title = typeof input.title === 'string' ? input.title.trim().slice(0, 60) : ''
  if (!title) throw invalid([{ code: 'missing', text: '请给密钥起个名字', at: '/title' }])
  const key = bytesOf(input.publicKey)
  if (!isPublicKey(suite, key)) throw invalid([{ code: 'wrong-format', text: '公钥的格式不对', at: '/publicKey' }])
  const publicKey = key.toString('base64')
  if (!holds(suite, key, possessionText(of.userId, publicKey), bytesOf(input.proof)))
    throw invalid([{ code: 'wrong-proof', text: '没有证明持有私钥', at: '/proof' }])
  return { title, suite, publicKey }
}

/** Puts a checked key in force for an account, within the caller's transaction. */
export async function storeKey(
  sql: ISql,
  of: Pick<Actor, 'userId' | 'ownerId'>,
  { title, suite, publicKey }: WantedKey,
  now: Date,
): Promise<string> {
  // One after the other for an account: counted at the same moment, a hundred at once would all be the fifth.
  await sql`select from account where id = ${of.userId} for no key update`
  const open = await sql`select from signing_key where account_id = ${of.userId} and revoked_at is null`
  if (open.length >= keysMax) throw new Failure(409, 'too-many', `最多 ${keysMax} 个有效密钥，请先吊销旧的`)
  const id = uuidv7(now.getTime())
  const made = await sql`
    insert into signing_key (id, account_id, owner_id, title, suite, public_key, created_at)
    values (${id}, ${of.userId}, ${of.ownerId}, ${title}, ${suite}, ${Buffer.from(publicKey, 'base64')}, ${now})
    on conflict (public_key) do nothing returning id`
  if (made.length === 0) throw new Failure(409, 'already-used', '这个公钥已经登记过')
  return id
}

/** Registers a public key of an account, as `checkKey` and `storeKey` have it. */
export async function registerKey(
  sql: Sql,
  of: Pick<Actor, 'userId' | 'ownerId'>,
  input: Parameters<typeof checkKey>[1],
  now: Date,
): Promise<string> {
  const key = checkKey(of, input)
  return sql.begin((tx) => storeKey(tx, of, key, now))
}

/** Ends a key at once and for good. What it signed before stays signed. */
export async function revokeKey(
  sql: Sql,
  actor: Pick<Actor, 'userId'>,
  id: string,
  reason: string,
  now: Date,
): Promise<void> {
  const done = isId(id)
    ? await sql`update signing_key set revoked_at = ${now}, revoked_reason = ${reason}
        where id = ${id} and account_id = ${actor.userId} and revoked_at is null returning id`
    : []
  if (done.length === 0) throw notFound('这个密钥')
}

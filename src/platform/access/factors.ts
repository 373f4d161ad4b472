import { createHash, randomBytes } from 'node:crypto'
import type { ISql, Sql } from 'postgres'
import { Failure, invalid, notFound } from '../../failure.ts'
import { uuidv7 } from '../id.ts'
import type { Keyring } from '../protect/keyring.ts'
import type { Door } from './door.ts'
import { countAttempt, countFailure, countSuccess } from './guard.ts'
import type { Session } from './session.ts'
import { base32, matchingStep, newTotpSecret, totpUri } from './totp.ts'

const recoveryCodes = 10
export const factorAbout = (id: string) => `second_factor.secret ${id}`
const recoveryHash = (code: string) =>
  createHash('sha256')
    .update(code.toUpperCase().replace(/[^0-9A-Z]/g, ''))
    .digest()

const wrongCode = () =>
  new Failure(422, 'wrong-code', '验证码不对或已经用过', {
    problems: [{ code: 'wrong-code', text: '验证码不对或已经用过', at: '/code' }],
  })

export type Factor = { id: string; kind: string; title: string; createdAt: Date; usedAt: Date | null }

/** An account's confirmed second factors, and how many recovery codes it still has. */
export async function factorsOf(sql: ISql, accountId: string): Promise<{ factors: Factor[]; recoveryLeft: number }> {
  const rows = await sql<Factor[]>`
    select id, kind, title, created_at as "createdAt", used_at as "usedAt" from second_factor
    where account_id = ${accountId} and confirmed_at is not null order by created_at`
  return {
    factors: rows.filter((row) => row.kind !== 'recovery'),
    recoveryLeft: rows.filter((row) => row.kind === 'recovery' && !row.usedAt).length,
  }
}

/** Begins enrolling an authenticator app: the secret is shown once and counts only after its first code. */
export async function beginTotp(
  sql: ISql,
  keyring: Keyring,
  account: { id: string; login: string },
  now: Date,
): Promise<{ id: string; secret: string; uri: string }> {
  const id = uuidv7(now.getTime())
  const secret = newTotpSecret()
  await sql`delete from second_factor where account_id = ${account.id} and kind = 'totp' and confirmed_at is null`
  await sql`insert into second_factor (id, account_id, kind, title, secret, created_at)
    values (${id}, ${account.id}, 'totp', '动态口令', ${keyring.seal(secret, factorAbout(id))}, ${now})`
  return { id, secret: base32(secret), uri: totpUri(secret, account.login) }
}

/** Opens an authenticator that is already confirmed, for accounts that are set up in advance. Returns its secret. */
export async function openTotp(sql: ISql, keyring: Keyring, accountId: string, now: Date): Promise<string> {
  const { id, secret } = await beginTotp(sql, keyring, { id: accountId, login: '' }, now)
  await sql`update second_factor set confirmed_at = ${now} where id = ${id}`
  return secret
}

/** Takes the first code of a new authenticator. Returns recovery codes where the account had none, shown once. */
export async function confirmTotp(door: Door, accountId: string, code: unknown): Promise<string[]> {
  const [row] = await door.sql<{ id: string; secret: Buffer }[]>`
    select id, secret from second_factor
    where account_id = ${accountId} and kind = 'totp' and confirmed_at is null order by created_at desc limit 1`
  if (!row) throw notFound('待确认的动态口令')
  const step = matchingStep(door.keyring.open(row.secret, factorAbout(row.id)), String(code), door.now)
  if (step === undefined) throw wrongCode()
  const [confirmed] = await door.sql`
    update second_factor set confirmed_at = ${door.now}, used_at = ${door.now}, last_step = ${step}
    where id = ${row.id} and confirmed_at is null returning id`
  if (!confirmed) throw wrongCode()
  return giveRecoveryCodes(door.sql, accountId, door.now)
}

/** Codes on paper for whoever loses the phone; none where unused ones are left. */
export async function giveRecoveryCodes(sql: Sql, accountId: string, now: Date): Promise<string[]> {
  const [left] = await sql`
    select id from second_factor where account_id = ${accountId} and kind = 'recovery' and used_at is null limit 1`
  if (left) return []
  const codes = Array.from({ length: recoveryCodes }, () => base32(randomBytes(10)).slice(0, 12))
  for (const code of codes)
    await sql`insert into second_factor (id, account_id, kind, title, secret, confirmed_at, created_at)
      values (${uuidv7(now.getTime())}, ${accountId}, 'recovery', '备用码', ${recoveryHash(code)}, ${now}, ${now})`
  return codes.map((code) => code.replace(/(.{4})(?=.)/g, '$1-'))
}

/** Whether the code is the authenticator's now. Each time step opens the door once, also for two at the same moment. */
async function takeTotp(door: Door, accountId: string, code: string): Promise<boolean> {
  const rows = await door.sql<{ id: string; secret: Buffer }[]>`
    select id, secret from second_factor
    where account_id = ${accountId} and kind = 'totp' and confirmed_at is not null`
  for (const row of rows) {
    const step = matchingStep(door.keyring.open(row.secret, factorAbout(row.id)), code, door.now)
    if (step === undefined) continue
    const [taken] = await door.sql`
      update second_factor set last_step = ${step}, used_at = ${door.now}
      where id = ${row.id} and last_step < ${step} returning id`
    if (taken) return true
  }
  return false
}

async function takeRecovery(door: Door, accountId: string, code: string): Promise<boolean> {
  const [taken] = await door.sql`
    update second_factor set used_at = ${door.now}
    where account_id = ${accountId} and kind = 'recovery' and used_at is null and secret = ${recoveryHash(code)}
    returning id`
  return taken !== undefined
}

/** Proves a second factor by a code; returns the session's new factor. Failures lock as wrong passwords do. */
export async function proveCode(door: Door, session: Session, code: unknown): Promise<string> {
  const given = typeof code === 'string' ? code.trim() : ''
  if (given === '' || given.length > 40)
    throw invalid([{ code: 'missing', text: '请填写六位动态口令或备用码', at: '/code' }])
  const policy = await door.policies.get('lockout')
  const key = `factor ${session.accountId}`
  const limit = { failures: policy.failures, minutes: policy.minutes }
  await countAttempt(door.sql, key, limit, door.now)
  const factor = /^\d{6}$/.test(given)
    ? (await takeTotp(door, session.accountId, given)) && 'password+totp'
    : (await takeRecovery(door, session.accountId, given)) && 'password+recovery'
  if (!factor) {
    if (await countFailure(door.sql, key, limit, door.now)) await door.sql`delete from session where id = ${session.id}`
    throw wrongCode()
  }
  await countSuccess(door.sql, key, 'anew')
  return factor
}

/** Takes a factor away. An administrator's last one stays: the role demands one. */
export async function removeFactor(sql: ISql, accountId: string, id: string, mustKeepOne: boolean): Promise<void> {
  const { factors } = await factorsOf(sql, accountId)
  if (!factors.some((factor) => factor.id === id)) throw notFound('这个验证方式')
  if (mustKeepOne && factors.length === 1)
    throw new Failure(409, 'last-factor', '管理员必须保留一种第二验证方式，请先添加另一种')
  await sql`delete from second_factor where id = ${id} and account_id = ${accountId}`
  if (factors.length === 1) await sql`delete from second_factor where account_id = ${accountId}`
}

/** Recovery by an administrator: all factors go, and the next sign-in enrols anew. */
export async function clearFactors(sql: ISql, accountId: string): Promise<void> {
  await sql`delete from second_factor where account_id = ${accountId}`
}

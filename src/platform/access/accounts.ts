import { createHash, randomBytes } from 'node:crypto'
import type { ISql } from 'postgres'
import { Failure } from '../../failure.ts'
import type { Role } from '../../language/index.ts'
import { uuidv7 } from '../id.ts'
import { hashPassword } from './password.ts'

export type NewAccount = {
  ownerId: string
  login: string
  name: string
  role: Exclude<Role, 'public'>
  password: string
  /** A role of the tree on the same base; without it the base itself. */
  position?: string
  personKey?: Buffer
  validUntil?: Date
  /** Must be changed at the first sign-in. */
  mustChange?: 'first'
  /** Opens nothing before another administrator confirms it. */
  unconfirmed?: boolean
}

/** Registers an authority (a bureau or station) as an owner; returns its id. */
export async function createAuthority(sql: ISql, title: string, region: string, station?: string): Promise<string> {
  const id = uuidv7()
  await sql`insert into owner (id, title, region, station) values (${id}, ${title}, ${region}, ${station ?? null})`
  return id
}

/** Opens an account; returns its id. */
export async function createAccount(sql: ISql, account: NewAccount, now: Date): Promise<string> {
  const id = uuidv7()
  const { ownerId, login, name, role, position, mustChange, validUntil } = account
  const [row] = await sql`
    insert into account (id, owner_id, login, name, role, position, password_hash, created_at, person_key, must_change,
      valid_until, confirmed_at)
    values (${id}, ${ownerId}, ${login}, ${name}, ${role}, ${position ?? role}, ${await hashPassword(account.password)},
      ${now}, ${account.personKey ?? null}, ${mustChange ?? null}, ${validUntil ?? null},
      ${account.unconfirmed ? null : now})
    on conflict (login) do nothing returning id`
  if (!row) {
    const text = '这个用户名已经有人用了'
    throw new Failure(409, 'already-used', text, { problems: [{ code: 'already-used', text, at: '/login' }] })
  }
  return id
}

/** Issues an API token for an account; returned once, stored only as its sha256. */
export async function createToken(
  sql: ISql,
  accountId: string,
  token: { name: string; scopes: string[]; expiresAt: Date },
  now: Date,
): Promise<string> {
  const secret = `shisu_${randomBytes(32).toString('base64url')}`
  const hash = createHash('sha256').update(secret).digest()
  await sql`insert into api_token (token_hash, account_id, name, scopes, created_at, expires_at)
    values (${hash}, ${accountId}, ${token.name}, ${token.scopes}, ${now}, ${token.expiresAt})`
  return secret
}

import { createHash, randomBytes } from 'node:crypto'
import type { ISql } from 'postgres'
import type { Role } from '../../language/index.ts'
import { uuidv7 } from '../id.ts'
import { hashPassword } from './password.ts'

export type NewAccount = {
  ownerId: string
  login: string
  name: string
  role: Exclude<Role, 'public'>
  password: string
}

/** Registers an authority (a bureau or station) as an owner; returns its id. */
export async function createAuthority(sql: ISql, title: string, region: string): Promise<string> {
  const id = uuidv7()
  await sql`insert into owner (id, title, region) values (${id}, ${title}, ${region})`
  return id
}

/** Opens an account; returns its id. */
export async function createAccount(sql: ISql, account: NewAccount, now: Date): Promise<string> {
  const id = uuidv7()
  await sql`insert into account (id, owner_id, login, name, role, password_hash, created_at)
    values (${id}, ${account.ownerId}, ${account.login}, ${account.name}, ${account.role},
      ${await hashPassword(account.password)}, ${now})`
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

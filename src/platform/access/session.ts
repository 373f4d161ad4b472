import { createHash, randomBytes } from 'node:crypto'
import type { Sql } from 'postgres'
import { Failure } from '../../failure.ts'
import type { Role } from '../../language/index.ts'
import type { Actor } from './actor.ts'
import { hashPassword, passwordMatches } from './password.ts'

/** A session lives 12 hours from sign-in. */
export const sessionHours = 12

const digest = (token: string): Buffer => createHash('sha256').update(token).digest()

type ActorRow = {
  id: string
  name: string
  role: Role
  ownerId: string
  ownerTitle: string
  region: string
  scopes: string[]
}

function toActor(row: ActorRow): Actor {
  const { id, ...rest } = row
  return { userId: id, ...rest }
}

// Checked when the account does not exist, so that answers take the same time and names cannot be probed.
const nobody = hashPassword(randomBytes(16).toString('hex'))

/** Signs in and returns the new session's token. The same refusal whether the name or the password is wrong. */
export async function signIn(sql: Sql, login: string, password: string, now: Date): Promise<string> {
  const [account] = await sql<{ id: string; passwordHash: string }[]>`
    select id, password_hash as "passwordHash" from account where login = ${login} and disabled_at is null`
  const matches = await passwordMatches(password, account?.passwordHash ?? (await nobody))
  if (!account || !matches) throw new Failure(401, 'wrong-password', '用户名或密码不对')
  const token = randomBytes(32).toString('base64url')
  const expires = new Date(now.getTime() + sessionHours * 3600_000)
  await sql`insert into session (token_hash, account_id, created_at, seen_at, expires_at)
    values (${digest(token)}, ${account.id}, ${now}, ${now}, ${expires})`
  return token
}

/** Ends a session. */
export async function signOut(sql: Sql, token: string): Promise<void> {
  await sql`delete from session where token_hash = ${digest(token)}`
}

/** The actor behind a session cookie, if it is still valid. */
export async function sessionActor(sql: Sql, token: string, now: Date): Promise<Actor | undefined> {
  const [row] = await sql<ActorRow[]>`
    select a.id, a.name, a.role, a.owner_id as "ownerId", o.title as "ownerTitle", o.region, '{}'::text[] as scopes
    from session s join account a on a.id = s.account_id join owner o on o.id = a.owner_id
    where s.token_hash = ${digest(token)} and s.expires_at > ${now} and a.disabled_at is null`
  return row && toActor(row)
}

/** The actor behind an API token, if it is neither expired nor revoked. */
export async function tokenActor(sql: Sql, token: string, now: Date): Promise<Actor | undefined> {
  const [row] = await sql<ActorRow[]>`
    select a.id, a.name, a.role, a.owner_id as "ownerId", o.title as "ownerTitle", o.region, t.scopes
    from api_token t join account a on a.id = t.account_id join owner o on o.id = a.owner_id
    where t.token_hash = ${digest(token)} and t.expires_at > ${now} and t.revoked_at is null and a.disabled_at is null`
  return row && toActor(row)
}

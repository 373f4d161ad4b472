import { hash, randomBytes } from 'node:crypto'
import type { ISql, Sql } from 'postgres'
import { Failure } from '../../failure.ts'
import { gathering } from '../../gathering.ts'
import type { Role } from '../../language/index.ts'
import type { Actor } from './actor.ts'
import { isAdministrator } from './actor.ts'
import { type Door, mayEnter, type Next } from './door.ts'
import { type Narrowing, readRoles, wholeNarrowing } from './roles.ts'
import { asReadSql } from './standing.ts'

export const digestOf = (token: string): Buffer => hash('sha256', token, 'buffer')

export type Account = {
  id: string
  login: string
  name: string
  role: Exclude<Role, 'public'>
  passwordHash: string
  passwordChangedAt: Date
  mustChange: 'first' | 'reset' | null
}

export type Session = { id: string; accountId: string; next: Next | null; factor: string; challenge: string | null }

/** An account that may be used now: confirmed, neither disabled nor past its end. */
export async function usableAccount(sql: ISql, where: { login: string } | { id: string }, now: Date) {
  const [account] = await sql<Account[]>`
    select id, login, name, role, password_hash as "passwordHash", password_changed_at as "passwordChangedAt",
      must_change as "mustChange"
    from account where ${'login' in where ? sql`login = ${where.login}` : sql`id = ${where.id}`}
      and disabled_at is null and confirmed_at is not null and (valid_until is null or valid_until > ${now})`
  return account
}

/** What an account still has to do in a session that has proven `factor`. */
export async function nextStep(door: Door, account: Account, factor: string): Promise<Next | null> {
  const [known] = await door.sql<{ n: number }[]>`
    select count(*)::int as n from second_factor
    where account_id = ${account.id} and kind <> 'recovery' and confirmed_at is not null`
  const enrolled = (known?.n ?? 0) > 0
  if (enrolled && factor === 'password') return 'second-factor'
  const { days } = await door.policies.get('password')
  const expired = account.passwordChangedAt.getTime() + days * 86_400_000 <= door.now.getTime()
  if (factor.startsWith('password') && (account.mustChange || expired)) return 'password'
  return isAdministrator(account.role) && !enrolled ? 'enrol' : null
}

/** Opens a session under a new id and ends the account's oldest beyond the limit. Returns its token. */
export async function openSession(
  door: Door,
  account: Account,
  proven: { factor: string; next: Next | null; scopes?: readonly string[]; idleMinutes?: number },
): Promise<string> {
  const { sql, now } = door
  const policy = await door.policies.get('session')
  const token = randomBytes(32).toString('base64url')
  const expires = new Date(now.getTime() + policy.hours * 3_600_000)
  await sql`
    insert into session (token_hash, account_id, created_at, seen_at, expires_at, address, agent, factor, next, scopes,
      idle_minutes)
    values (${digestOf(token)}, ${account.id}, ${now}, ${now}, ${expires}, ${door.address}, ${door.agent.slice(0, 200)},
      ${proven.factor}, ${proven.next}, ${[...(proven.scopes ?? [])]}, ${proven.idleMinutes ?? null})`
  await sql`
    delete from session where id in (
      select id from session where account_id = ${account.id} order by created_at desc, id offset ${policy.perAccount})`
  return token
}

/** Moves a session on after a step: it gets a new token, so that what was seen before the step is worth nothing. */
export async function advance(
  door: Door,
  session: Session,
  factor: string,
): Promise<{ token: string; next: Next | null }> {
  const account = await usableAccount(door.sql, { id: session.accountId }, door.now)
  if (!account) throw new Failure(401, 'sign-in', '请重新登录')
  const next = await nextStep(door, account, factor)
  const token = randomBytes(32).toString('base64url')
  const [row] = await door.sql`
    update session set token_hash = ${digestOf(token)}, factor = ${factor}, next = ${next}, challenge = null
    where id = ${session.id} returning id`
  if (!row) throw new Failure(401, 'sign-in', '请重新登录')
  return { token, next }
}

/** Ends a session. */
export async function signOut(sql: Sql, token: string): Promise<void> {
  await sql`delete from session where token_hash = ${digestOf(token)}`
}

/** Whether a session was ended rather than ran out: nothing is left of it. */
export async function wasEnded(sql: Sql, token: string): Promise<boolean> {
  const rows = await sql`select from session where token_hash = ${digestOf(token)}`
  return rows.length === 0
}

/** Ends every session of an account, but one where named. */
export async function endSessions(sql: ISql, accountId: string, but?: string): Promise<void> {
  await sql`delete from session where account_id = ${accountId} and id is distinct from ${but ?? null}`
}

type ActorRow = {
  id: string
  name: string
  role: Role
  ownerId: string
  ownerTitle: string
  region: string
  station: string | null
  position: string
  scopes: string[]
}

const narrowings = new WeakMap<Sql, { at: number; read: Promise<Map<string, Narrowing>> }>()

/** The role tree changes rarely: read again at most every few seconds. */
async function narrowingOfPosition(sql: Sql, position: string): Promise<Narrowing> {
  let known = narrowings.get(sql)
  if (!known || Date.now() - known.at > 3000) {
    const read = readRoles(sql).then(
      (roles) => new Map([...roles.keys()].map((name) => [name, wholeNarrowing(roles, name)])),
    )
    known = { at: Date.now(), read }
    narrowings.set(sql, known)
    read.catch(() => narrowings.delete(sql))
  }
  return (await known.read).get(position) ?? { kinds: { '*': { verbs: [] } } }
}

/** After a change of the role tree in this process. */
export function forgetRoles(sql: Sql): void {
  narrowings.delete(sql)
}

async function toActor(sql: Sql, row: ActorRow): Promise<Actor> {
  const { id, station, position, name, role, ownerId, ownerTitle, region, scopes } = row
  return {
    userId: id,
    name,
    role,
    ownerId,
    ownerTitle,
    region,
    scopes,
    ...(station && role === 'county' ? { station } : {}),
    ...(position !== role ? { position, narrowing: await narrowingOfPosition(sql, position) } : {}),
  }
}

const actorColumnsText = `a.id, a.name, a.role, a.position, a.owner_id as "ownerId",
  o.title as "ownerTitle", o.region, o.station`
const actorColumns = (sql: ISql) => sql.unsafe(actorColumnsText)

/** The account as an actor, for acts that are done in its name. */
export async function accountActor(sql: Sql, accountId: string, now: Date): Promise<Actor | undefined> {
  const [row] = await sql<ActorRow[]>`
    select ${actorColumns(sql)}, '{}'::text[] as scopes from account a join owner o on o.id = a.owner_id
    where a.id = ${accountId} and a.disabled_at is null and a.confirmed_at is not null
      and (a.valid_until is null or a.valid_until > ${now})`
  return row && toActor(sql, row)
}

type SessionRow = ActorRow & {
  sessionId: string
  next: Next | null
  factor: string
  challenge: string | null
  seenAt: Date
  viewAs: string | null
  actingFor: string | null
  delegationId: string | null
}

/** Who really sits there, and whose eyes or hands they borrow. */
async function borrowed(sql: Sql, own: Actor, row: SessionRow, now: Date): Promise<Actor> {
  const self = { userId: own.userId, name: own.name }
  if (row.viewAs) {
    const seen = await accountActor(sql, row.viewAs, now)
    if (seen && !isAdministrator(seen.role)) return { ...seen, viewedBy: self }
  } else if (row.actingFor && row.delegationId) {
    const absent = await accountActor(sql, row.actingFor, now)
    if (absent) return { ...absent, deputy: self }
  }
  return own
}

/**
 * The actor behind a session cookie, if it is still valid; `next` says what it has yet to prove. What a page asks by
 * itself (`unasked`), with nobody at it, does not keep the session from lying idle.
 */
export async function sessionActor(
  door: Pick<Door, 'sql' | 'policies' | 'now' | 'address'>,
  token: string,
  unasked = false,
): Promise<{ actor: Actor; session: Session } | undefined> {
  const { sql, now } = door
  const { idleMinutes } = await door.policies.get('session')
  const [row] = await sql<SessionRow[]>`
    select ${actorColumns(sql)}, s.scopes, s.id as "sessionId", s.next, s.factor, s.challenge, s.seen_at as "seenAt",
      s.view_as as "viewAs", s.acting_for as "actingFor", d.id as "delegationId"
    from session s join account a on a.id = s.account_id join owner o on o.id = a.owner_id
    left join delegation d on d.from_account = s.acting_for and d.to_account = s.account_id
      and d.ended_at is null and d.starts_at <= ${now} and d.ends_at > ${now}
    where s.token_hash = ${digestOf(token)} and s.expires_at > ${now} and a.disabled_at is null
      and a.confirmed_at is not null and (a.valid_until is null or a.valid_until > ${now})
      and s.seen_at + coalesce(s.idle_minutes, ${idleMinutes}) * interval '1 minute' > ${now}
    limit 1`
  if (!row || !(await mayEnter(door, row.role))) return undefined
  // Not with every request: a minute more or less ends nobody's session wrongly.
  if (!unasked && now.getTime() - row.seenAt.getTime() > 60_000)
    await sql`update session set seen_at = ${now} where id = ${row.sessionId}`
  const own = { ...(await toActor(sql, row)), sessionId: row.sessionId, address: door.address }
  const actor = row.next ? own : await borrowed(sql, own, row, now)
  return {
    actor: { ...actor, sessionId: row.sessionId, address: door.address },
    session: { id: row.sessionId, accountId: own.userId, next: row.next, factor: row.factor, challenge: row.challenge },
  }
}

type TokenRow = ActorRow & {
  tokenName: string
  tokenKey: string
  perMinute: number | null
  digest: string
  expiresAt: Date
  validUntil: Date | null
  /** Where its client has certificates, only a connection that one of them was proven on brings the token in. */
  certificates: string[] | null
  asRead: string
}

/** $1 digests of tokens, as hex. A text, because it is asked with every request of a program. */
const tokenSql = `
  select ${actorColumnsText}, t.scopes, t.name as "tokenName", t.id as "tokenKey", t.per_minute as "perMinute",
    encode(t.token_hash, 'hex') as digest, t.expires_at as "expiresAt", a.valid_until as "validUntil",
    (select coalesce(array_agg(c.sha256) filter (where c.revoked_at is null), '{}') from client_certificate c
      where c.client_id = t.client_id having count(*) > 0) as certificates, ${asReadSql} as "asRead"
  from api_token t join account a on a.id = t.account_id join owner o on o.id = a.owner_id
  where t.token_hash = any(array(select decode(d, 'hex') from unnest($1::text[]) d)) and t.revoked_at is null
    and a.disabled_at is null and a.confirmed_at is not null`

/** Programs come in throngs: tokens shown at the same time are looked up together, each after it was shown. */
const tokenRow = gathering<{ sql: Sql; digest: string }, TokenRow | undefined>(
  async (asked) => {
    const digests = asked.map(({ digest }) => digest)
    const { sql } = asked[0] as { sql: Sql }
    const rows = await sql.unsafe<TokenRow[]>(tokenSql, [digests], { prepare: true })
    const byDigest = new Map(rows.map((row) => [row.digest, row]))
    return digests.map((digest) => byDigest.get(digest))
  },
  { most: 100 },
)

/** How many tokens' rows a process remembers. */
const rememberedMax = 1000
const remembered = new WeakMap<Sql, Map<string, TokenRow>>()

async function lookUp(sql: Sql, digest: string): Promise<TokenRow | undefined> {
  const row = await tokenRow(sql, 'token', { sql, digest })
  const rows = remembered.get(sql) ?? new Map<string, TokenRow>()
  remembered.set(sql, rows)
  rows.delete(digest)
  if (row && !row.certificates) rows.set(digest, row)
  if (rows.size > rememberedMax) rows.delete(rows.keys().next().value as string)
  return row
}

type TokenDoor = Pick<Door, 'sql' | 'policies' | 'now' | 'address' | 'certificate'>

async function actorBehind(door: TokenDoor, digest: string, mayRemember = false): Promise<Actor | undefined> {
  const { sql, now } = door
  const known = mayRemember ? remembered.get(sql)?.get(digest) : undefined
  const row = known ?? (await lookUp(sql, digest))
  if (!row || row.expiresAt <= now || (row.validUntil !== null && row.validUntil <= now)) return undefined
  if (row.certificates && !row.certificates.includes(door.certificate ?? '')) return undefined
  const { tokenName, tokenKey, perMinute } = row
  return {
    ...(await toActor(sql, row)),
    tokenId: tokenName,
    tokenKey,
    ...(perMinute ? { perMinute } : {}),
    ...(known && { asRead: known.asRead }),
    address: door.address,
  }
}

/**
 * The actor behind an API token, if it is neither expired nor revoked, and its client's certificate is there if it has one.
 * With `mayRemember` it may come from memory (`asRead`).
 */
export const tokenActor = (door: TokenDoor, token: string, mayRemember = false): Promise<Actor | undefined> =>
  actorBehind(door, hash('sha256', token, 'hex'), mayRemember)

/** The actor behind a client certificate alone: its client, as far as the client's newest token goes. */
export async function certificateActor(door: TokenDoor, certificate: string): Promise<Actor | undefined> {
  const [row] = await door.sql<{ digest: string }[]>`
    select encode(t.token_hash, 'hex') as digest from client_certificate c join api_token t on t.client_id = c.client_id
    where c.sha256 = ${certificate} and c.revoked_at is null and c.not_after > ${door.now} and t.revoked_at is null
      and t.expires_at > ${door.now}
    order by t.created_at desc limit 1`
  return row && actorBehind(door, row.digest)
}

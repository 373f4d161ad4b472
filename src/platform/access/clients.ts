import { createHash, randomBytes } from 'node:crypto'
import type { ISql, Sql, TransactionSql } from 'postgres'
import { Failure } from '../../failure.ts'
import { uuidv7 } from '../id.ts'
import { createAccount } from './accounts.ts'
import { type Actor, signature } from './actor.ts'
import { sandboxRegion } from './filed.ts'

/** What a token may be narrowed to, as users read it. */
export const tokenScopes: Readonly<Record<string, string>> = {
  records: '记录',
  operations: '操作',
  desk: '工作台与检索',
  epcis: '追溯事件',
  log: '日志上报',
  metrics: '运行指标',
}

/** What no enterprise gives its own systems. */
export const authorityScopes: readonly string[] = ['metrics']

/** In the sandbox nothing real is touched: no events, which others would see, and no operations. */
export const sandboxScopes: readonly string[] = ['records']

export const tokenDaysMax = 365

export type Client = {
  id: string
  ownerId: string
  accountId: string
  sandboxAccountId: string | null
  name: string
  scopes: string[]
  state: 'sandbox' | 'live' | 'deprecated' | 'retired'
  version: number
}

/** A password that nobody has: service accounts are entered by tokens only. */
const nobodysPassword = () => `Aa1-${randomBytes(24).toString('base64url')}`

/** Registers a business system or device: a service account of the owner, and a sandbox that nobody else sees. */
export async function createClient(
  sql: Sql,
  actor: Actor,
  wish: {
    ownerId: string
    role: 'city' | 'county' | 'enterprise'
    name: string
    purpose: string
    kind: string
    scopes: string[]
  },
  now: Date,
): Promise<string> {
  const id = uuidv7(now.getTime())
  const short = id.slice(-12)
  await sql.begin(async (tx) => {
    const account = await createAccount(
      tx,
      { ownerId: wish.ownerId, login: `svc-${short}`, name: wish.name, role: wish.role, password: nobodysPassword() },
      now,
    )
    const sandboxOwner = uuidv7(now.getTime())
    await tx`insert into owner (id, title, region) values (${sandboxOwner}, ${`【沙箱】${wish.name}`}, ${sandboxRegion})`
    const sandbox = await createAccount(
      tx,
      {
        ownerId: sandboxOwner,
        login: `box-${short}`,
        name: `${wish.name}（沙箱）`,
        role: 'enterprise',
        password: nobodysPassword(),
      },
      now,
    )
    await tx`
      insert into api_client (id, owner_id, account_id, sandbox_account_id, name, purpose, kind, scopes, created_by, created_at)
      values (${id}, ${wish.ownerId}, ${account}, ${sandbox}, ${wish.name}, ${wish.purpose}, ${wish.kind}, ${wish.scopes},
        ${signature(actor)}, ${now})`
  })
  return id
}

/** Two for each of a few machines, so that one can be changed while the other works. */
const tokensMax = 10

/**
 * Issues a token of a client. In the sandbox it acts for the sandbox's owner; a live one for the real one. Shown once.
 * Throws 409 where as many are valid already as one client may have.
 */
export async function issueToken(
  sql: TransactionSql,
  client: Client,
  wish: { days: number; perMinute: number | null },
  now: Date,
): Promise<{ id: string; token: string; expiresAt: Date }> {
  if (client.state === 'deprecated' || client.state === 'retired')
    throw new Failure(409, 'retired', '已停用的接入方不能再签发令牌')
  // Whoever asks at the same moment waits here, and counts this one.
  await sql`select from api_client where id = ${client.id} for update`
  const [valid] = await sql<{ count: number }[]>`
    select count(*)::int as count from api_token
    where client_id = ${client.id} and revoked_at is null and expires_at > ${now}`
  if ((valid?.count ?? 0) >= tokensMax)
    throw new Failure(409, 'too-many', `一个接入方最多 ${tokensMax} 个有效令牌，请先吊销旧的`)
  const isBox = client.state === 'sandbox'
  const token = `shisu_${isBox ? 'box_' : ''}${randomBytes(32).toString('base64url')}`
  const id = uuidv7(now.getTime())
  const expiresAt = new Date(now.getTime() + wish.days * 86_400_000)
  const scopes = isBox ? client.scopes.filter((scope) => sandboxScopes.includes(scope)) : client.scopes
  await sql`
    insert into api_token (id, token_hash, account_id, client_id, name, scopes, created_at, expires_at, per_minute)
    values (${id}, ${createHash('sha256').update(token).digest()}, ${isBox ? client.sandboxAccountId : client.accountId},
      ${client.id}, ${client.name}, ${scopes.length > 0 ? scopes : ['none']}, ${now}, ${expiresAt}, ${wish.perMinute})`
  return { id, token, expiresAt }
}

/** Whether account `row` is a person's: a client's is entered by its tokens, never by a password that somebody gives it. */
export const isPersons = (sql: ISql, row: string) =>
  sql`not exists (select from api_client k where ${sql(row)}.id in (k.account_id, k.sandbox_account_id))`

/** What a token may do with a client's life: sandbox -> live -> deprecated -> retired, and never back. */
export const nextStates: Readonly<Record<Client['state'], readonly Client['state'][]>> = {
  sandbox: ['live', 'retired'],
  live: ['deprecated', 'retired'],
  deprecated: ['retired'],
  retired: [],
}

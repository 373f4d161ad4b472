import { createHash } from 'node:crypto'
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider'
import type { Sql } from 'postgres'
import type { Keyring } from '../protect/keyring.ts'
import { secretAbout } from './oidc-names.ts'

const digest = (id: string): Buffer => createHash('sha256').update(id).digest()
type ClientRow = {
  clientId: string
  name: string
  secret: Buffer
  redirectUris: string[]
  postLogoutUris: string[]
  backchannelLogoutUri: string | null
}

async function clientPayload(sql: Sql, keyring: Keyring, id: string): Promise<AdapterPayload | undefined> {
  const [row] = await sql<ClientRow[]>`
    select client_id as "clientId", name, secret, redirect_uris as "redirectUris", post_logout_uris as "postLogoutUris",
      backchannel_logout_uri as "backchannelLogoutUri"
    from oidc_client where client_id = ${id} and confirmed_at is not null and retired_at is null`
  return (
    row && {
      client_id: row.clientId,
      client_name: row.name,
      client_secret: keyring.open(row.secret, secretAbout(row.clientId)).toString('utf8'),
      redirect_uris: row.redirectUris,
      post_logout_redirect_uris: row.postLogoutUris,
      ...(row.backchannelLogoutUri
        ? { backchannel_logout_uri: row.backchannelLogoutUri, backchannel_logout_session_required: true }
        : {}),
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
    }
  )
}

/** The provider's memory in the database: any process may answer the next request. */
export function oidcStore(sql: Sql, keyring: Keyring, clock: () => Date): (model: string) => Adapter {
  return (model) => {
    const one = async (where: ReturnType<typeof sql>): Promise<AdapterPayload | undefined> => {
      const [row] = await sql<{ payload: AdapterPayload; consumedAt: Date | null }[]>`
        select payload, consumed_at as "consumedAt" from oidc_store
        where model = ${model} and ${where} and (expires_at is null or expires_at > ${clock()})`
      return (
        row && { ...row.payload, ...(row.consumedAt ? { consumed: Math.floor(row.consumedAt.getTime() / 1000) } : {}) }
      )
    }
    return {
      async upsert(id, payload, expiresIn) {
        const expires = expiresIn ? new Date(clock().getTime() + expiresIn * 1000) : null
        const account = typeof payload.accountId === 'string' ? payload.accountId : null
        await sql`
          insert into oidc_store (model, id, payload, grant_id, uid, account_id, expires_at)
          values (${model}, ${digest(id)}, ${sql.json(payload as never)}, ${payload.grantId ?? null}, ${payload.uid ?? null},
            ${account}, ${expires})
          on conflict (model, id) do update set payload = excluded.payload, grant_id = excluded.grant_id,
            uid = excluded.uid, account_id = excluded.account_id, expires_at = excluded.expires_at`
      },
      find: (id) => (model === 'Client' ? clientPayload(sql, keyring, id) : one(sql`id = ${digest(id)}`)),
      findByUid: (uid) => one(sql`uid = ${uid}`),
      findByUserCode: async () => undefined,
      async consume(id) {
        const [first] = await sql`
          update oidc_store set consumed_at = ${clock()}
          where model = ${model} and id = ${digest(id)} and consumed_at is null returning id`
        // The provider looked before it came here: of two at the same moment both found it unused.
        if (!first) throw new errors.InvalidGrant('already used')
      },
      async destroy(id) {
        await sql`delete from oidc_store where model = ${model} and id = ${digest(id)}`
      },
      async revokeByGrantId(grantId) {
        await sql`delete from oidc_store where grant_id = ${grantId}`
      },
    }
  }
}

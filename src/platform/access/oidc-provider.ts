import { hkdfSync } from 'node:crypto'
import Provider, { type Configuration } from 'oidc-provider'
import type { Sql } from 'postgres'
import type { Keyring } from '../protect/keyring.ts'
import { signingKeys } from './oidc-keys.ts'
import { oidcStore } from './oidc-store.ts'
import { accountActor } from './session.ts'

export type OidcHouse = { sql: Sql; keyring: Keyring; clock: () => Date; allowedHosts: ReadonlySet<string> }

/** Where the provider is mounted, and where its login pages lie. */
export const mount = '/oidc'
export const loginPath = (uid: string): string => `/oidc-login/${uid}`

/** What a business system learns of who signed in. */
async function claimsOf(house: OidcHouse, accountId: string) {
  const actor = await accountActor(house.sql, accountId, house.clock())
  if (!actor) return undefined
  const { name, role, ownerId, ownerTitle, region } = actor
  return { sub: accountId, name, role, owner: ownerId, owner_title: ownerTitle, region }
}

/** The OpenID Connect provider for one public address. */
export async function openProvider(house: OidcHouse, origin: string): Promise<Provider> {
  const { sql, keyring, clock } = house
  const cookieKey = Buffer.from(hkdfSync('sha256', keyring.digest('oidc-cookie', ''), '', '', 32)).toString('base64url')
  const configuration: Configuration = {
    adapter: oidcStore(sql, keyring, clock) as never,
    jwks: { keys: (await signingKeys(sql, keyring, clock())) as never },
    cookies: { keys: [cookieKey] },
    claims: { openid: ['sub'], profile: ['name', 'role', 'owner', 'owner_title', 'region'] },
    scopes: ['openid', 'profile', 'offline_access'],
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      revocation: { enabled: true },
      introspection: { enabled: false },
    },
    interactions: { url: (_ctx, interaction) => loginPath(interaction.uid) },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      IdToken: 600,
      Interaction: 900,
      Session: 43_200,
      Grant: 43_200,
      RefreshToken: 43_200,
    },
    async findAccount(_ctx, id) {
      const claims = await claimsOf(house, id)
      return claims && { accountId: id, claims: async () => claims }
    },
    // The provider refuses inner addresses by itself; hosts that the operator names may lie inside.
    fetch: (url, options) => {
      const inner = house.allowedHosts.has(new URL(url).hostname)
      return globalThis.fetch(url, inner ? { ...options, dispatcher: undefined } : options)
    },
    renderError: async (ctx, out) => {
      ctx.type = 'application/json'
      ctx.body = { ...out }
    },
  }
  const provider = new Provider(origin + mount, configuration)
  provider.proxy = true
  return provider
}

/** Ends every sign-in that was given to business systems in an account's name, and tells each of them. */
export async function signOutEverywhere(house: OidcHouse, provider: Provider, accountId: string): Promise<number> {
  const sessions = await house.sql<{ payload: { authorizations?: Record<string, { sid?: string }> } }[]>`
    delete from oidc_store where model = 'Session' and account_id = ${accountId} returning payload`
  await house.sql`delete from oidc_store where account_id = ${accountId}`
  let told = 0
  for (const { payload } of sessions)
    for (const [clientId, { sid }] of Object.entries(payload.authorizations ?? {})) {
      const client = (await provider.Client.find(clientId)) as unknown as
        | { backchannelLogoutUri?: string; backchannelLogout(sub: string, sid?: string): Promise<void> }
        | undefined
      if (!client?.backchannelLogoutUri) continue
      // A system that does not answer must not keep somebody signed in here.
      await client.backchannelLogout(accountId, sid).then(
        () => told++,
        () => {},
      )
    }
  return told
}

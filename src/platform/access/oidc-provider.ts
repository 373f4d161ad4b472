import { hkdfSync } from 'node:crypto'
import Provider, { type Configuration, interactionPolicy } from 'oidc-provider'
import { signingKeys } from './oidc-keys.ts'
import { loginPath, mount, type OidcHouse } from './oidc-names.ts'
import { askSignOut, failedPage, signedOutPage } from './oidc-pages.ts'
import { oidcStore } from './oidc-store.ts'
import { accountActor } from './session.ts'

/** Told of a browser that a business system signed out; gives the cookies that it brought. */
export type OnSignedOut = (cookie: (name: string) => string | undefined) => void

/** What a business system learns of who signed in. */
async function claimsOf(house: OidcHouse, accountId: string) {
  const actor = await accountActor(house.sql, accountId, house.clock())
  if (!actor) return undefined
  const { name, role, ownerId, ownerTitle, region } = actor
  return { sub: accountId, name, role, owner: ownerId, owner_title: ownerTitle, region }
}

/**
 * Every sign-in of a business system comes by the login page, which looks who sits at this browser now. The provider's
 * own session outlives the desk's: an idle exit would end nothing, and the next person at a shared computer would enter
 * the business systems as the one before.
 */
function askAtTheDesk() {
  const { Check, base } = interactionPolicy
  const policy = base()
  policy
    .get('login')
    ?.checks.add(
      new Check('desk', 'the desk says who is signed in', ({ oidc }) =>
        oidc.result?.login ? Check.NO_NEED_TO_PROMPT : Check.REQUEST_PROMPT,
      ),
    )
  return policy
}

/** The OpenID Connect provider for one public address. */
export async function openProvider(house: OidcHouse, origin: string, onSignedOut: OnSignedOut): Promise<Provider> {
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
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: async (ctx, form) => {
          ctx.body = askSignOut(form)
        },
        postLogoutSuccessSource: async (ctx) => {
          ctx.body = signedOutPage
        },
      },
      revocation: { enabled: true },
      introspection: { enabled: false },
    },
    interactions: { policy: askAtTheDesk(), url: (_ctx, interaction) => loginPath(interaction.uid) },
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
      const isRead = ctx.accepts('json', 'html') === 'html'
      ctx.type = isRead ? 'html' : 'application/json'
      ctx.body = isRead ? failedPage(String(out.error)) : { ...out }
    },
  }
  const provider = new Provider(origin + mount, configuration)
  provider.proxy = true
  provider.on('end_session.success', (ctx) => onSignedOut((name) => ctx.cookies.get(name, { signed: false })))
  return provider
}

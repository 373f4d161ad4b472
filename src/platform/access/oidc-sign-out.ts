import type Provider from 'oidc-provider'
import type { OidcHouse } from './oidc-names.ts'

/**
 * Ends every sign-in that was given to business systems in an account's name, and tells each of them. With `browser`
 * (the provider's own session there) only what was given to that browser.
 */
export async function signOutEverywhere(
  house: OidcHouse,
  provider: Provider,
  accountId: string,
  browser?: string,
): Promise<number> {
  const { sql } = house
  const sessions = await sql<{ payload: { authorizations?: Record<string, { sid?: string; grantId?: string }> } }[]>`
    delete from oidc_store where model = 'Session' and account_id = ${accountId}
      ${browser === undefined ? sql`` : sql`and uid = ${browser}`} returning payload`
  const given = sessions.flatMap(({ payload }) => Object.entries(payload.authorizations ?? {}))
  if (browser === undefined) await sql`delete from oidc_store where account_id = ${accountId}`
  else await sql`delete from oidc_store where grant_id = any(${given.flatMap(([, { grantId }]) => grantId ?? [])})`
  let told = 0
  for (const [clientId, { sid }] of given) {
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

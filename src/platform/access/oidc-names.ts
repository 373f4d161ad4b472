import type { Sql } from 'postgres'
import type { Keyring } from '../protect/keyring.ts'

export type OidcHouse = { sql: Sql; keyring: Keyring; clock: () => Date; allowedHosts: ReadonlySet<string> }

/** Where the provider is mounted, and where its login pages lie. */
export const mount = '/oidc'
export const loginPath = (uid: string): string => `/oidc-login/${uid}`

/** What a business system's secret is sealed for. */
export const secretAbout = (clientId: string): string => `oidc_client.secret ${clientId}`

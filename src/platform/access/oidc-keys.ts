import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { Sql } from 'postgres'
import type { Keyring } from '../protect/keyring.ts'

export const signingKeyAbout = (kid: string) => `oidc_key.jwk ${kid}`

/** Keys that are still published; the newest first, which signs. */
const kept = 3

/** Makes a signing key. Older ones stay published, so that tokens under them verify until they run out. */
export async function addSigningKey(sql: Sql, keyring: Keyring, now: Date): Promise<string> {
  const kid = randomBytes(8).toString('hex')
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }
  await sql`insert into oidc_key (kid, jwk, made_at) values (${kid}, ${keyring.seal(JSON.stringify(jwk), signingKeyAbout(kid))}, ${now})`
  await sql`update oidc_key set retired_at = ${now} where retired_at is null and kid not in (
    select kid from oidc_key where retired_at is null order by made_at desc limit ${kept})`
  return kid
}

/** Stops publishing an older key at once: what was signed under it verifies no more. False where it is none. */
export async function retireSigningKey(sql: Sql, kid: string, now: Date): Promise<boolean> {
  const rows = await sql`
    update oidc_key set retired_at = ${now} where kid = ${kid} and retired_at is null
      and kid <> (select kid from oidc_key where retired_at is null order by made_at desc, kid limit 1) returning kid`
  return rows.length > 0
}

/** Which keys are published: a process that signed under others reads them anew. */
export async function publishedKeys(sql: Sql): Promise<string> {
  const [row] = await sql<{ kids: string | null }[]>`
    select string_agg(kid, ' ' order by made_at desc, kid) as kids from oidc_key where retired_at is null`
  return row?.kids ?? ''
}

/** The published keys, newest first; the first is made where there is none. */
export async function signingKeys(sql: Sql, keyring: Keyring, now: Date): Promise<Record<string, string>[]> {
  const read = () => sql<{ kid: string; jwk: Buffer }[]>`
    select kid, jwk from oidc_key where retired_at is null order by made_at desc, kid`
  let rows = await read()
  if (rows.length === 0) {
    await addSigningKey(sql, keyring, now)
    rows = await read()
  }
  return rows.map(({ kid, jwk }) => JSON.parse(keyring.open(jwk, signingKeyAbout(kid)).toString('utf8')))
}

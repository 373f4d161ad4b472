import type {
  AuthenticationResponseJSON,
  AuthenticatorTransportFuture,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import { Failure } from '../../failure.ts'
import { uuidv7 } from '../id.ts'
import type { Door } from './door.ts'
import { countAttempt, countFailure, countSuccess } from './guard.ts'
import type { Session } from './session.ts'

/** Where the browser believes it is: a passkey is bound to it, so that a look-alike site gets nothing. */
export type Site = { origin: string; rpId: string }

/** Loaded with the first passkey: most processes never see one. */
const webauthn = () => import('@simplewebauthn/server')

const refused = () => new Failure(422, 'wrong-passkey', '通行密钥没有通过验证')

async function keepChallenge(door: Door, session: Session, challenge: string): Promise<void> {
  await door.sql`update session set challenge = ${challenge} where id = ${session.id}`
}

/** A challenge is good for one answer. */
async function takeChallenge(door: Door, session: Session): Promise<string> {
  const [row] = await door.sql<{ challenge: string | null }[]>`
    with before as (select id, challenge from session where id = ${session.id} for update)
    update session s set challenge = null from before where s.id = before.id returning before.challenge`
  if (!row?.challenge) throw refused()
  return row.challenge
}

const credentialsOf = (door: Door, accountId: string) => door.sql<{ credentialId: string }[]>`
  select credential_id as "credentialId" from second_factor where account_id = ${accountId} and kind = 'passkey'`

export async function passkeyEnrolOptions(
  door: Door,
  session: Session,
  account: { login: string; name: string },
  site: Site,
) {
  const known = await credentialsOf(door, session.accountId)
  const options = await (await webauthn()).generateRegistrationOptions({
    rpName: '食溯',
    rpID: site.rpId,
    userName: account.login,
    userDisplayName: account.name,
    attestationType: 'none',
    excludeCredentials: known.map(({ credentialId }) => ({ id: credentialId })),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
  })
  await keepChallenge(door, session, options.challenge)
  return options
}

export async function enrolPasskey(
  door: Door,
  session: Session,
  site: Site,
  input: { title?: unknown; response?: unknown },
): Promise<void> {
  const expectedChallenge = await takeChallenge(door, session)
  const outcome = await (await webauthn())
    .verifyRegistrationResponse({
      response: input.response as RegistrationResponseJSON,
      expectedChallenge,
      expectedOrigin: site.origin,
      expectedRPID: site.rpId,
      requireUserVerification: false,
    })
    .catch(() => undefined)
  if (!outcome?.verified) throw refused()
  const { credential } = outcome.registrationInfo
  const title = typeof input.title === 'string' && input.title.trim() ? input.title.trim().slice(0, 40) : '通行密钥'
  const [row] = await door.sql`
    insert into second_factor (id, account_id, kind, title, credential_id, public_key, counter, confirmed_at, created_at)
    values (${uuidv7(door.now.getTime())}, ${session.accountId}, 'passkey', ${title}, ${credential.id},
      ${Buffer.from(credential.publicKey)}, ${credential.counter}, ${door.now}, ${door.now})
    on conflict do nothing returning id`
  if (!row) throw refused()
}

export async function passkeyOptions(door: Door, session: Session, site: Site) {
  const known = await credentialsOf(door, session.accountId)
  const options = await (await webauthn()).generateAuthenticationOptions({
    rpID: site.rpId,
    userVerification: 'preferred',
    allowCredentials: known.map(({ credentialId }) => ({
      id: credentialId,
      transports: ['internal', 'usb', 'nfc', 'hybrid'] as AuthenticatorTransportFuture[],
    })),
  })
  await keepChallenge(door, session, options.challenge)
  return options
}

/** Proves a passkey. Its counter must grow, or somebody holds a copy. */
export async function provePasskey(door: Door, session: Session, site: Site, response: unknown): Promise<string> {
  const policy = await door.policies.get('lockout')
  const key = `factor ${session.accountId}`
  const limit = { failures: policy.failures, minutes: policy.minutes }
  await countAttempt(door.sql, key, limit, door.now)
  const expectedChallenge = await takeChallenge(door, session)
  const given = response as AuthenticationResponseJSON
  const [known] = await door.sql<{ id: string; publicKey: Buffer; counter: string }[]>`
    select id, public_key as "publicKey", counter from second_factor
    where account_id = ${session.accountId} and kind = 'passkey' and credential_id = ${String(given?.id)}`
  const outcome =
    known &&
    (await (
      await webauthn()
    )
      .verifyAuthenticationResponse({
        response: given,
        expectedChallenge,
        expectedOrigin: site.origin,
        expectedRPID: site.rpId,
        requireUserVerification: false,
        credential: {
          id: String(given.id),
          publicKey: new Uint8Array(known.publicKey),
          counter: Number(known.counter),
        },
      })
      .catch(() => undefined))
  if (!known || !outcome?.verified) {
    await countFailure(door.sql, key, limit, door.now)
    throw refused()
  }
  await door.sql`update second_factor set counter = ${outcome.authenticationInfo.newCounter}, used_at = ${door.now}
    where id = ${known.id}`
  await countSuccess(door.sql, key, 'anew')
  return 'password+passkey'
}

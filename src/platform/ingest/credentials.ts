import { randomUUID } from 'node:crypto'
import type { ISql, JSONValue, Sql } from 'postgres'
import { Failure } from '../../failure.ts'
import { hashSecret, makeSecret } from './secret.ts'

export const protocols = ['mqtt', 'http', 'hj212', 'jt808', 'gb26875', 'modbus', 'opcua', 'frame', 'rtmp'] as const
export type Protocol = (typeof protocols)[number]

/** How a device is to be understood: data of its own, by protocol. */
export type Variant = Readonly<Record<string, unknown>>

export type NewCredential = {
  deviceId: string
  ownerId: string
  protocol: Protocol
  /** As the device names itself: user, MN, phone, source address, polled address. */
  identity: string
  /** Made where it is absent; protocols without secrets ignore it. */
  secret?: string
  variant?: Variant
  now: Date
}

const withoutSecret: readonly Protocol[] = ['gb26875', 'modbus', 'opcua']

/**
 * Lets a device in under an identity, or gives it a new secret. The secret comes back once and is kept as a hash.
 * Throws 409 where another device has the identity.
 */
export async function issueCredential(sql: ISql | Sql, given: NewCredential): Promise<{ id: string; secret?: string }> {
  const { deviceId, ownerId, protocol, variant = {}, now } = given
  const identity = identityOf(protocol, given.identity)
  const bare = withoutSecret.includes(protocol)
  const secret = bare ? undefined : (given.secret ?? makeSecret())
  const hash = secret === undefined ? null : await hashSecret(secret, given.secret === undefined)
  const [row] = await sql<{ id: string }[]>`
    insert into device_credential (id, device_id, owner_id, protocol, identity, secret_hash, variant, created_at, changed_at)
    values (${randomUUID()}, ${deviceId}, ${ownerId}, ${protocol}, ${identity}, ${hash}, ${sql.json(variant as JSONValue)}, ${now}, clock_timestamp())
    on conflict (protocol, identity) do update set secret_hash = excluded.secret_hash, variant = excluded.variant,
      changed_at = excluded.changed_at, disabled_at = null
    where device_credential.device_id = excluded.device_id
    returning id`
  if (!row) {
    const text = '这个标识已被另一台设备使用，请核对'
    throw new Failure(409, 'already-used', text, { problems: [{ code: 'already-used', text, at: '/identity' }] })
  }
  return { id: row.id, ...(secret !== undefined && { secret }) }
}

/** An identity as it is looked up: a phone without leading zeros, an address in lower case. */
export function identityOf(protocol: Protocol, identity: string): string {
  if (protocol === 'jt808') return identity.replace(/^0+/, '') || '0'
  return protocol === 'gb26875' ? identity.toLowerCase() : identity
}

/** Refuses the device from now on, within seconds also on open connections. */
export async function disableDevice(sql: ISql | Sql, deviceId: string, now: Date, ownerId?: string): Promise<void> {
  await sql`
    update device_credential set disabled_at = ${now}, changed_at = clock_timestamp()
    where device_id = ${deviceId} and disabled_at is null ${ownerId ? sql`and owner_id = ${ownerId}` : sql``}`
}

/** Lets the device in again with the secrets it had. */
export async function enableDevice(sql: ISql | Sql, deviceId: string, ownerId?: string): Promise<void> {
  await sql`
    update device_credential set disabled_at = null, changed_at = clock_timestamp()
    where device_id = ${deviceId} and disabled_at is not null ${ownerId ? sql`and owner_id = ${ownerId}` : sql``}`
}

/** Says anew how a device is to be understood under a protocol. */
export async function setVariant(sql: ISql, deviceId: string, protocol: Protocol, variant: Variant): Promise<void> {
  await sql`
    update device_credential set variant = ${sql.json(variant as JSONValue)}, changed_at = clock_timestamp()
    where device_id = ${deviceId} and protocol = ${protocol} and variant <> ${sql.json(variant as JSONValue)}`
}

/** Closes what a device had under a protocol by other names than the one it has now. */
export async function closeOthers(sql: ISql, deviceId: string, protocol: Protocol, identity: string): Promise<void> {
  await sql`
    update device_credential set disabled_at = clock_timestamp(), changed_at = clock_timestamp()
    where device_id = ${deviceId} and protocol = ${protocol} and identity <> ${identity} and disabled_at is null`
}

import type { Sql } from 'postgres'
import type { Role } from '../../language/index.ts'
import { liesIn, liesInHours } from '../policy/network.ts'
import type { Policies } from '../policy/policies.ts'
import type { Keyring } from '../protect/keyring.ts'
import { isAdministrator } from './actor.ts'

/** What every way in works with: the database, the policies in force, the keys, and who knocks from where. */
export type Door = {
  sql: Sql
  policies: Policies
  keyring: Keyring
  now: Date
  address: string
  agent: string
  /** The sha256 of the client certificate that the connection was proven with, where there is one. */
  certificate?: string
}

/** What a session still asks for before it opens anything. */
export type Next = 'second-factor' | 'password' | 'enrol'

/** Whether a role may be here now and from this address. */
export async function mayEnter(door: Pick<Door, 'policies' | 'now' | 'address'>, role: Role): Promise<boolean> {
  const policy = await door.policies.get('access')
  const isAdmin = isAdministrator(role)
  if (policy.bannedNetworks && liesIn(door.address, policy.bannedNetworks)) return false
  if (isAdmin && policy.administratorNetworks && !liesIn(door.address, policy.administratorNetworks)) return false
  const hours = isAdmin ? policy.administratorHours : policy.businessHours
  return !hours || liesInHours(door.now, hours)
}

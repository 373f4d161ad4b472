import type { Role } from '../../language/index.ts'
import type { Narrowing } from './roles.ts'

/** Who acts. Built per request; the door for records and every operation works for exactly one actor. */
export type Actor = {
  userId: string
  name: string
  role: Role
  ownerId: string
  ownerTitle: string
  /** GB/T 2260, six digits; the city's own code for city-wide authorities. */
  region: string
  /** Empty: all that the account may do. A token may be narrowed, e.g. to `epcis`. */
  scopes: readonly string[]
  /** The station below the county whose subjects alone are seen. */
  station?: string
  /** The account's place in the role tree, where it is narrower than its base role. */
  position?: string
  narrowing?: Narrowing
  /** From where the request came. */
  address?: string
  sessionId?: string
  /** The name of the token or client that acts in the account's name. */
  tokenId?: string
  /** The token's own id, for quota and usage, and its quota where it has one. */
  tokenKey?: string
  perMinute?: number
  /** From memory: which token, account and owner it was read from. Only a statement that finds these again may write for it. */
  asRead?: string
  /** Seeing what somebody else sees: nothing may be written. Holds who really looks. */
  viewedBy?: { userId: string; name: string }
  /** Acting for an absent colleague until an end. Holds who really acts. */
  deputy?: { userId: string; name: string }
  /** Looking at a direct trading partner's records instead of one's own. */
  partnerId?: string
}

/** Whoever has not signed in. */
export const publicActor: Actor = {
  userId: '',
  name: '公众',
  role: 'public',
  ownerId: '00000000-0000-0000-0000-000000000000',
  ownerTitle: '公众',
  region: '000000',
  scopes: [],
}

/** The three administrators run, secure and audit the platform; none of them has business of its own. */
export const administrators: readonly Role[] = ['system', 'security', 'audit']

export const isAdministrator = (role: Role): boolean => administrators.includes(role)

/** Whether what an owner has is the actor's own to see whole: with another's eyes it is not, whosever those are. */
export const isOwn = (actor: Pick<Actor, 'ownerId' | 'viewedBy'>, ownerId: unknown): boolean =>
  ownerId === actor.ownerId && !actor.viewedBy

const signatures = new WeakMap<Actor, string>()

/** What history keeps of an actor. Each request has an actor of its own, who is not altered. */
export function signature(actor: Actor): string {
  const known = signatures.get(actor)
  if (known) return known
  const text = JSON.stringify({
    userId: actor.userId,
    name: actor.name,
    ownerId: actor.ownerId,
    ownerTitle: actor.ownerTitle,
    ...(actor.address ? { address: actor.address } : {}),
    ...(actor.tokenId ? { token: actor.tokenId } : {}),
    ...(actor.deputy ? { deputy: actor.deputy } : {}),
  })
  signatures.set(actor, text)
  return text
}

import type { Role } from '../../language/index.ts'

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

/** What history keeps of an actor. */
export function signature(actor: Actor): string {
  return JSON.stringify({
    userId: actor.userId,
    name: actor.name,
    ownerId: actor.ownerId,
    ownerTitle: actor.ownerTitle,
  })
}

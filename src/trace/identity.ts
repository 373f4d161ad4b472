import { createHash, hash as digestOf } from 'node:crypto'
import type { ParsedEvent } from '../standards/epcis/index.ts'

/** What makes an event itself: who it says it is, and what it says. Digests are 32 hexadecimal digits, as a uuid. */
export type Identity = { eventDigest: string; contentDigest: string; hash: string; declared: boolean }

/** The digest under which an eventID is looked up. */
export function eventDigest(eventId: string): string {
  return digestOf('sha256', eventId, 'hex').slice(0, 32)
}

/**
 * An event's identity. The declaration of an error repeats the original with its eventID (EPCIS 2.0, 7.4.1.2) and its
 * canonical hash, so what is declared counts into its content.
 */
export function identityOf(event: ParsedEvent): Identity {
  const hash = event.hash.slice('ni:///sha-256;'.length, 'ni:///sha-256;'.length + 64)
  const declaration = event.raw.errorDeclaration
  const declared = declaration !== undefined
  return {
    eventDigest: eventDigest(event.eventId),
    contentDigest: declared ? declarationDigest(hash, declaration) : hash.slice(0, 32),
    hash,
    declared,
  }
}

function declarationDigest(hash: string, declaration: unknown): string {
  return createHash('sha256').update(hash).update(sorted(declaration)).digest('hex').slice(0, 32)
}

/** JSON with names in one order, so that equal content gives equal text. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

export { type CanonicalKey, canonicalKey, canonicalStem } from './canonical.ts'
export type { Level } from './keys.ts'
export { buildDigitalLink, type DigitalLink, digitalLinkToEpc, epcToDigitalLink, parseDigitalLink } from './link.ts'

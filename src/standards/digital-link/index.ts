export { type CanonicalKey, canonicalKey, canonicalStem, productPrefixes } from './canonical.ts'
export { compressElements, decompressDigitalLink } from './compressed.ts'
export type { Level } from './keys.ts'
export {
  buildDigitalLink,
  type DigitalLink,
  digitalLinkToEpc,
  epcToDigitalLink,
  parseDigitalLink,
  writeLink,
} from './link.ts'
export { isSameLinkType, linkRelation, linkTypes } from './link-types.ts'
export { buildLinkset, type Link, type Linkset, linkHeader } from './linkset.ts'
export { patternPrefixes } from './pattern.ts'
export { parseScan, type Scan } from './scan.ts'

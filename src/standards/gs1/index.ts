export {
  type ApplicationIdentifier,
  applicationIdentifiers,
  type Component,
  lengthByPrefix,
} from './application-identifiers.ts'
export { checkPair } from './character-sets.ts'
export { checkDigit, hasCheckDigit } from './check-digit.ts'
export {
  decimalOf,
  encodeElements,
  formatElements,
  isBracketed,
  isGs1Carrier,
  parseElementString,
} from './element-string.ts'
export { checkElement, checkTogether, type Element } from './elements.ts'
export { type Epc, type Gs1Key, type Qualifier, splitEpc } from './epc.ts'
export { gln13, gtin14, isGs1Text, isLot, sscc18 } from './keys.ts'
export { type Finding, type LinterName, linters } from './linters.ts'

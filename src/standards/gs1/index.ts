export { checkDigit, hasCheckDigit } from './check-digit.ts'
export { type Epc, type Gs1Key, type Qualifier, splitEpc } from './epc.ts'
export { gln13, gtin14, isGs1Text, isLot, sscc18 } from './keys.ts'

/**
 * The mod-10 check digit of a GS1 key (GS1 General Specifications, section 7.9.1): weights 3 and 1 from the right.
 * `digits` is the key without its check digit; undefined where anything but digits occurs.
 */
export function checkDigit(digits: string): string | undefined {
  if (digits.length === 0) return undefined
  let sum = 0
  let weight = 3
  for (let i = digits.length - 1; i >= 0; i--) {
    const digit = digits.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    sum += digit * weight
    weight = 4 - weight
  }
  return String.fromCharCode(48 + ((10 - (sum % 10)) % 10))
}

/** True where the last digit is the right check digit of the digits before it. */
export function hasCheckDigit(key: string): boolean {
  return key.length > 1 && checkDigit(key.slice(0, -1)) === key.at(-1)
}

/**
 * The check digit of MOD 11,10 (GB/T 17710), as food licences carry it. `digits` is the number without it; undefined
 * where anything but digits occurs.
 */
export function mod1110(digits: string): string | undefined {
  if (!/^[0-9]+$/.test(digits)) return undefined
  let product = 10
  for (const digit of digits) {
    const sum = (product + Number(digit)) % 10
    product = ((sum === 0 ? 10 : sum) * 2) % 11
  }
  return String((11 - product) % 10)
}

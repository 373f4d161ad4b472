/**
 * The characters of GS1's sets (GS1 General Specifications, section 7.11), and the check characters of alphanumeric
 * keys (section 7.9.5).
 */

const cset82 = '!"%&\'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz'
const cset32 = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'

/** What is allowed in each set. */
export const characterSets: Readonly<Record<'N' | 'X' | 'Y' | 'Z', RegExp>> = {
  N: /^[0-9]*$/,
  X: /^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]*$/,
  Y: /^[#\-/0-9A-Z]*$/,
  Z: /^[-0-9A-Z_a-z]*={0,2}$/,
}

/** The longest text whose check characters the standard's weights reach. */
const checkPairLimit = 97

const weights = primes(checkPairLimit)

function primes(count: number): number[] {
  const found: number[] = []
  for (let number = 2; found.length < count; number++) {
    if (found.every((prime) => number % prime !== 0)) found.push(number)
  }
  return found
}

/**
 * The pair of check characters of an alphanumeric key such as a GMN: positions in CSET 82 weighted by primes from the
 * right, modulo 1021. Undefined where the text is too long or holds other characters.
 */
export function checkPair(text: string): string | undefined {
  if (text.length > checkPairLimit) return undefined
  let sum = 0
  for (let i = 0; i < text.length; i++) {
    const value = cset82.indexOf(text.charAt(i))
    if (value < 0) return undefined
    sum += value * (weights[text.length - 1 - i] ?? 0)
  }
  sum %= 1021
  return cset32.charAt(sum >> 5) + cset32.charAt(sum & 31)
}

const shape = /^-?(0|[1-9]\d{0,11})(\.\d{1,6})?$/

/** Whether the text is a plain decimal that numeric(18,6) holds exactly. */
export function isDecimal(value: string): boolean {
  return shape.test(value)
}

/** Millionths as a whole number, for exact comparison. */
export function millionths(value: string): bigint {
  const negative = value.startsWith('-')
  const [whole = '0', fraction = ''] = value.replace('-', '').split('.')
  const magnitude = BigInt(whole + fraction.padEnd(6, '0'))
  return negative ? -magnitude : magnitude
}

/** The shortest form of a decimal: no trailing zeros, no minus zero. */
export function plainDecimal(value: string): string {
  const short = value.includes('.') ? value.replace(/0+$/, '').replace(/\.$/, '') : value
  return short === '-0' ? '0' : short
}

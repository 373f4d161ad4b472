const SCALE = 6

/** Exact decimals of six places as whole millionths. */
export function toMillionths(decimal: string): bigint {
  const [whole = '0', fraction = ''] = decimal.replace('-', '').split('.')
  const value = BigInt(whole + fraction.padEnd(SCALE, '0').slice(0, SCALE))
  return decimal.startsWith('-') ? -value : value
}

/** The shortest plain decimal: 2500000n is `2.5`. */
export function fromMillionths(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().padStart(SCALE + 1, '0')
  const fraction = digits.slice(-SCALE).replace(/0+$/, '')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -SCALE)}${fraction ? `.${fraction}` : ''}`
}

/** Amounts under names; an amount never falls below nothing. */
export class Amounts {
  readonly #values = new Map<string, bigint>()

  get(name: string): bigint {
    return this.#values.get(name) ?? 0n
  }

  add(name: string, amount: bigint): void {
    this.#values.set(name, this.get(name) + amount)
  }

  /** Takes up to `amount` (all where it is undefined); what was there to take. */
  take(name: string, amount: bigint | undefined): bigint {
    const there = this.get(name)
    const taken = amount === undefined || amount > there ? there : amount
    if (taken > 0n) this.#values.set(name, there - taken)
    return taken
  }

  /** Everything that is more than nothing. */
  *entries(): Generator<[string, bigint]> {
    for (const entry of this.#values) if (entry[1] > 0n) yield entry
  }
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

const depthMax = 100

/**
 * The one text of a JSON value (RFC 8785, JSON Canonicalization Scheme): keys in the order of their UTF-16 code units, no
 * spaces, numbers and strings as ECMAScript writes them. Absent (undefined) members are left out. Throws a RangeError
 * for what JSON cannot say: NaN, infinities, half a surrogate pair, more than 100 levels.
 */
export function canonical(value: Json, depth = 0): string {
  if (depth > depthMax) throw new RangeError('JSON is nested too deeply')
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('JSON has no such number')
  if (typeof value === 'string') return canonicalString(value)
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((each) => canonical(each as Json, depth + 1)).join(',')}]`
  const members = value as { readonly [key: string]: Json | undefined }
  const present = Object.keys(members)
    .filter((key) => members[key] !== undefined)
    .sort()
  return `{${present.map((key) => `${canonicalString(key)}:${canonical(members[key] as Json, depth + 1)}`).join(',')}}`
}

function canonicalString(text: string): string {
  if (!text.isWellFormed()) throw new RangeError('JSON text holds half a surrogate pair')
  return JSON.stringify(text)
}

const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g

/** Reads JSON with every number as the text it was written in: 0.10 stays 0.10, and no digit is lost. */
export function parseExact(text: string): Json {
  // Refuses what is no JSON; then numbers are quoted and read again, a third of what asking for each value's source costs.
  JSON.parse(text)
  return JSON.parse(text.replace(stringOrNumber, (part) => (part.startsWith('"') ? part : `"${part}"`)))
}

/**
 * `canonical(parseExact(text))` in one pass and without the values between: each string that needs no escape is taken over as
 * it stands. Refuses what is no JSON with a SyntaxError. The log makes one for every row.
 */
export function canonicalExact(text: string): string {
  const reader = new Reader(text)
  const value = reader.value(0)
  reader.end()
  return value
}

const anyString = /"(?:[\u0020\u0021\u0023-\u005b\u005d-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const canonicalAlready = /"(?:[^"\\\u0000-\u001f]|\\["\\bfnrt])*"/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
const controls = /[\u0000-\u001f]/
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const words: Readonly<Record<number, string | undefined>> = { 116: 'true', 102: 'false', 110: 'null' }

class Reader {
  readonly #text: string
  #at = 0
  /** Where the next backslash stands: a string that ends before it is taken as it is. */
  #escape = -1
  readonly #hasControls: boolean

  constructor(text: string) {
    if (!text.isWellFormed()) throw new RangeError('JSON text holds half a surrogate pair')
    this.#text = text
    this.#hasControls = controls.test(text)
  }

  value(depth: number): string {
    if (depth > depthMax) throw new RangeError('JSON is nested too deeply')
    const code = this.#next()
    if (code === 0x22) return this.#string()
    if (code === 0x7b) return this.#object(depth)
    if (code === 0x5b) return this.#array(depth)
    const word = words[code]
    if (word === undefined) return `"${this.#token(number)}"`
    if (!this.#text.startsWith(word, this.#at)) throw this.#wrong()
    this.#at += word.length
    return word
  }

  end(): void {
    if (!Number.isNaN(this.#next())) throw this.#wrong()
  }

  /** The code of the next letter behind spaces; NaN at the end. */
  #next(): number {
    let code = this.#text.charCodeAt(this.#at)
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = this.#text.charCodeAt(++this.#at)
    return code
  }

  #token(form: RegExp): string {
    form.lastIndex = this.#at
    if (!form.test(this.#text)) throw this.#wrong()
    const token = this.#text.slice(this.#at, form.lastIndex)
    this.#at = form.lastIndex
    return token
  }

  #string(): string {
    const from = this.#at
    if (this.#escape < from) {
      const found = this.#text.indexOf('\\', from)
      this.#escape = found < 0 ? this.#text.length : found
    }
    const end = this.#text.indexOf('"', from + 1) + 1
    if (end > 0 && end <= this.#escape && !this.#hasControls) {
      this.#at = end
      return this.#text.slice(from, end)
    }
    canonicalAlready.lastIndex = from
    if (canonicalAlready.test(this.#text)) {
      this.#at = canonicalAlready.lastIndex
      return this.#text.slice(from, this.#at)
    }
    return canonicalString(JSON.parse(this.#token(anyString)) as string)
  }

  #array(depth: number): string {
    const items: string[] = []
    this.#at++
    if (this.#next() === 0x5d) this.#at++
    else
      do items.push(this.value(depth + 1))
      while (this.#goesOn(0x5d))
    return `[${items.join(',')}]`
  }

  #object(depth: number): string {
    const names: string[] = []
    const members: string[] = []
    let inOrder = true
    this.#at++
    if (this.#next() === 0x7d) this.#at++
    else
      do {
        if (this.#next() !== 0x22) throw this.#wrong()
        const written = this.#string()
        if (this.#next() !== 0x3a) throw this.#wrong()
        this.#at++
        const name = written.includes('\\') ? (JSON.parse(written) as string) : written.slice(1, -1)
        inOrder &&= names.length === 0 || (names.at(-1) as string) < name
        names.push(name)
        members.push(`${written}:${this.value(depth + 1)}`)
      } while (this.#goesOn(0x7d))
    return `{${(inOrder ? members : ordered(names, members)).join(',')}}`
  }

  /** Passes a comma or the closing bracket; whether more follows. */
  #goesOn(close: number): boolean {
    const code = this.#next()
    if (code !== close && code !== 0x2c) throw this.#wrong()
    this.#at++
    return code !== close
  }

  #wrong(): SyntaxError {
    return new SyntaxError(`no JSON at ${this.#at}`)
  }
}

/** Members in the order of their names; of a name that stands twice the last counts, as for JSON.parse. */
function ordered(names: readonly string[], members: readonly string[]): string[] {
  const order = names
    .map((name, at) => ({ name, at }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.at - b.at))
  return order.filter(({ name }, at) => name !== order[at + 1]?.name).map(({ at }) => members[at] as string)
}

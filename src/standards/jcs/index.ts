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

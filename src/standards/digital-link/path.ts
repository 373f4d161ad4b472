import { type PrimaryKey, primaryKeys, type QualifierRule, qualifierRules } from './keys.ts'

/** A Digital Link's path taken apart: the pairs in the order they stand, values decoded. */
export type LinkPath = {
  /** Where in the URI the first pair begins (the index of its `/`). */
  start: number
  /** Where the path ends: at `?`, `#` or the end. */
  end: number
  primary: PrimaryKey
  value: string
  qualifiers: readonly { rule: QualifierRule; value: string }[]
}

/**
 * Finds the GS1 key in the path of a web URI of any host, or in a bare path (`/01/…`). Pairs are read backwards from the
 * end, so that anything may stand before the key. Undefined where the path names no GS1 key.
 */
export function readPath(uri: string): LinkPath | undefined {
  const pathStart = startOfPath(uri)
  if (pathStart < 0) return undefined
  let end = uri.length
  for (let i = pathStart; i < end; i++) {
    const code = uri.charCodeAt(i)
    if (code === 63 || code === 35) end = i
  }
  let right = end
  while (right > pathStart && uri.charCodeAt(right - 1) === 47) right--
  const qualifiers: { rule: QualifierRule; value: string }[] = []
  const pathEnd = right
  while (right > pathStart) {
    const valueSlash = uri.lastIndexOf('/', right - 1)
    const nameSlash = valueSlash > pathStart ? uri.lastIndexOf('/', valueSlash - 1) : -1
    if (nameSlash < pathStart) return undefined
    const name = uri.slice(nameSlash + 1, valueSlash)
    const value = decode(uri.slice(valueSlash + 1, right))
    if (value === undefined || value === '') return undefined
    const primary = primaryKeys.get(name)
    if (primary) {
      if (!primary.form.test(value)) return undefined
      return { start: nameSlash, end: pathEnd, primary, value, qualifiers: qualifiers.reverse() }
    }
    const rule = qualifierRules.get(name)
    if (rule === undefined) return undefined
    qualifiers.push({ rule, value })
    right = nameSlash
  }
  return undefined
}

function startOfPath(uri: string): number {
  if (uri.charCodeAt(0) === 47) return 0
  const authority = uri.startsWith('https://') ? 8 : uri.startsWith('http://') ? 7 : startOfOtherCase(uri)
  return authority < 0 ? -1 : uri.indexOf('/', authority)
}

function startOfOtherCase(uri: string): number {
  return /^https?:\/\//i.exec(uri)?.[0].length ?? -1
}

function decode(text: string): string | undefined {
  // Half a surrogate pair could not be encoded again.
  if (!text.isWellFormed()) return undefined
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const unreserved = /^[0-9A-Za-z._;='-]*$/

/**
 * A key's or qualifier's value as it stands in a canonical Digital Link: every character that the standard's table 7-1
 * reserves is percent-encoded; `;`, `=` and `'` stay, as in the reference event hash.
 */
export function encodeValue(value: string): string {
  if (unreserved.test(value)) return value
  return encodeURIComponent(value)
    .replace(/[!()*~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%3B/g, ';')
    .replace(/%3D/g, '=')
}

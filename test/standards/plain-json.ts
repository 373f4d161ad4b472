import { readContext, standardPrefixes } from '../../src/standards/epcis/context.ts'
import type { Run } from '../../src/standards/epcis/run.ts'
import {
  alertTypes,
  bizSteps,
  components,
  expandCurie,
  measurementTypes,
  readTerm,
} from '../../src/standards/epcis/vocabulary.ts'

/**
 * A document in the one form that two documents equal in JSON-LD share: names of extensions in full, words of the
 * standard bare, a list of one as the one; no contexts. What XML must keep is equal in this form.
 */
export function plain(json: Record<string, unknown>): unknown {
  return plainValue(json, prefixesOf(json['@context'], standardPrefixes))
}

type Prefixes = ReadonlyMap<string, string>

function prefixesOf(context: unknown, known: Prefixes): Prefixes {
  if (context === undefined) return known
  const run: Run = { problems: [], problemLimit: 9, depthLimit: 9, binding: 'json', prefixes: known, keys: new Map() }
  return readContext(context, '', known, false, run)
}

const words = [bizSteps, components, measurementTypes, alertTypes]

function plainValue(value: unknown, prefixes: Prefixes): unknown {
  if (typeof value === 'string') {
    for (const vocabulary of words) {
      const word = readTerm(vocabulary, value, prefixes)
      if (word !== undefined && vocabulary.words.has(word)) return word
    }
    return value
  }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    return value.length === 1 ? plainValue(value[0], prefixes) : value.map((item) => plainValue(item, prefixes))
  }
  const record = value as Record<string, unknown>
  const own = prefixesOf(record['@context'], prefixes)
  return Object.fromEntries(
    Object.entries(record)
      .filter(([name]) => name !== '@context')
      .map(([name, field]) => [expandCurie(name, own), plainValue(field, own)]),
  )
}

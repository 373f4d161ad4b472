import { pinyin } from 'pinyin-pro'
import { type Field, type Kind, sealedFields } from '../../language/index.ts'
import type { Keyring } from '../protect/keyring.ts'
import { blindWord } from '../protect/record-persons.ts'

const han = /\p{Script=Han}+/gu
const word = /[\p{L}\p{N}]+/gu

/** Longest run of Chinese that is spelt out in pinyin; longer names are found by their beginning or by bigrams. */
const longestSpelling = 24

function bigrams(run: string): string[] {
  const letters = [...run]
  return letters.map((letter, index) => letter + (letters[index + 1] ?? ''))
}

/** Every ending of the syllables, so that a prefix match finds any part of the name. */
function endings(syllables: readonly string[]): string[] {
  return syllables.map((_, index) => syllables.slice(index).join(''))
}

// Not the first code unit: half of a rare character is no text.
const initial = (syllable: string): string => [...syllable][0] ?? ''

function spellings(run: string): string[] {
  const syllables = pinyin([...run].slice(0, longestSpelling).join(''), { toneType: 'none', type: 'array' })
  return [...endings(syllables), ...endings(syllables.map(initial))]
}

const quoted = (term: string): string => `'${term.slice(0, 200).replaceAll('\\', '').replaceAll("'", '')}'`

/** The quoted terms of a text: each by itself, and all with spaces between. */
type Terms = { each: readonly string[]; joined: string }

/** The same few names are written again and again: their terms are remembered. */
const remembered = new Map<string, Terms>()
const rememberedMax = 5_000
/** Terms kept of a record. */
const termsMax = 400
const someHan = /\p{Script=Han}/u

function terms(text: string): Terms {
  // Numbers of lots and papers come once, cost little, and would push the names out.
  const isName = someHan.test(text)
  const known = isName ? remembered.get(text) : undefined
  if (known) return known
  const each = spelt(text)
  const found = { each, joined: each.join(' ') }
  if (!isName) return found
  if (remembered.size >= rememberedMax) remembered.clear()
  remembered.set(text, found)
  return found
}

/** Numbers of lots and papers: nothing to be normalized, spelt or taken out. */
const latin = /^[\x20-\x7e]*$/
const latinWord = /[a-z0-9]+/g

function spelt(text: string): readonly string[] {
  if (latin.test(text)) return (text.toLowerCase().match(latinWord) ?? []).map((term) => `'${term.slice(0, 200)}'`)
  const plain = text.normalize('NFKC').toLowerCase()
  const runs = plain.match(han) ?? []
  const words = plain.replace(han, ' ').match(word) ?? []
  return [...runs.flatMap((run) => [...bigrams(run), ...spellings(run)]), ...words]
    .filter((term) => term.isWellFormed())
    .map(quoted)
}

/** The texts in a value: itself, or the words and codes of each line; days and choices are filters, not words. */
function textsOf(field: Field | undefined, value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (field?.type !== 'lines' || !Array.isArray(value)) return []
  const names = Object.keys(field.fields).filter((name) => /^(text|code)$/.test(field.fields[name]?.type ?? ''))
  return value
    .slice(0, 50)
    .flatMap((line) => names.map((name) => line[name]).filter((each) => typeof each === 'string'))
}

/**
 * The tsvector literal of a record: bigrams, pinyin and words of its declared search fields. Of a sealed field only a
 * keyed digest of the whole text: a name is found by whoever types it in full, and cannot be read out of the index.
 */
export function searchVector(keyring: Keyring, kind: Kind, row: Record<string, unknown>): string {
  const sealed = sealedFields(kind)
  const blind = new Set<string>()
  const open = new Set<string>()
  for (const name of kind.list.search ?? [])
    for (const text of textsOf(kind.fields[name], row[name])) {
      if (sealed.includes(name)) blind.add(blindWord(keyring, text))
      else open.add(text)
    }
  const all = [...open].map(terms)
  // A term that two texts have stands there twice: the database keeps one.
  if (blind.size + all.reduce((count, { each }) => count + each.length, 0) <= termsMax)
    return [...blind, ...all.map(({ joined }) => joined)].join(' ')
  return [...new Set([...blind, ...all.flatMap(({ each }) => each)])].slice(0, termsMax).join(' ')
}

/**
 * The tsquery of what somebody typed: every part must occur, a single letter and a word of Latin letters as a beginning; or the whole of it is a
 * sealed field's text. Empty where nothing can be looked for.
 */
export function searchQuery(keyring: Keyring, text: string): string {
  const words = wordsQuery(text)
  return words ? `(${words}) | ${blindWord(keyring, text)}` : ''
}

function wordsQuery(text: string): string {
  const plain = text.normalize('NFKC').toLowerCase().slice(0, 100)
  // A pair of letters is a term as it stands; asked for as a beginning, a common one would be gathered row by row.
  const runs = (plain.match(han) ?? []).flatMap((run) => {
    const pairs = bigrams(run).slice(0, -1).map(quoted)
    return pairs.length > 0 ? pairs : [`${quoted(run)}:*`]
  })
  const words = (plain.replace(han, ' ').match(word) ?? []).map((term) => `${quoted(term)}:*`)
  return [...runs, ...words].join(' & ')
}

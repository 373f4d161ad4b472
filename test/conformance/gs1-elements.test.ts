import assert from 'node:assert/strict'
import {
  applicationIdentifiers,
  checkTogether,
  type Element,
  encodeElements,
  formatElements,
  parseElementString,
} from '../../src/standards/gs1/index.ts'
import { corpusFiles, corpusTest } from './corpus.ts'

type Vector = { call: string; args: unknown[] }

/** The vectors of one call of the reference engine; those over variables of its C test are left out. */
function vectors(call: string): unknown[][] {
  const [file] = corpusFiles('gs1/vectors-ai.jsonl')
  const all = (file?.text ?? '').trim().split('\n')
  return all
    .map((line) => JSON.parse(line) as Vector)
    .filter((vector) => vector.call === call && typeof vector.args.at(1) !== 'undefined')
    .map(({ args }) => args)
}

const scanned = (elements: readonly Element[]) => `^${encodeElements(elements).replaceAll('\x1d', '^')}`

corpusTest('every published element string with FNC1 is accepted or refused as published', 79, () => {
  const cases = vectors('test_processAIdata') as [boolean, string][]
  assert.equal(cases.length, 79)
  for (const [pass, text] of cases) {
    // The reference wants the FNC1 in front; scanners leave it out.
    const isAccepted = text.startsWith('^') && parseElementString(text).ok
    assert.equal(isAccepted, pass, text)
  }
})

corpusTest('every published bracketed element string is accepted or refused, and encoded, as published', 27, () => {
  const cases = vectors('test_parseAIdata').filter(([, text]) => typeof text === 'string') as [
    boolean,
    string,
    string,
  ][]
  assert.equal(cases.length, 27)
  for (const [pass, text, encoded] of cases) {
    const read = text.startsWith('(') ? parseElementString(text) : { ok: false as const }
    assert.equal(read.ok, pass, text)
    if (!read.ok) continue
    assert.equal(scanned(read.value), encoded)
    assert.equal(formatElements(read.value), text)
  }
})

corpusTest('every published pairing of identifiers is accepted or refused as published', 77, () => {
  const codes: Readonly<Record<string, string>> = {
    validateAIrepeats: 'ai-repeated',
    validateAImutex: 'ai-excluded',
    validateAIrequisites: 'ai-required',
    validateDigSigRequiresSerialisedKey: 'ai-serial-required',
  }
  const cases = vectors('test_validateAIs') as [boolean, { c: string }, string][]
  assert.equal(cases.length, 77)
  for (const [pass, { c: rule }, text] of cases) {
    // Some identifiers are made up, so the text is not parsed.
    const elements = [...text.matchAll(/\((\d+)\)([^(]*)/g)].map(([, ai = '', value = '']) => ({ ai, value }))
    const found = checkTogether(elements).some(({ code }) => code === codes[rule])
    assert.equal(!found, pass, `${rule} ${text}`)
  }
})

corpusTest(
  'the table holds every application identifier of the published dictionary with its format and rules',
  541,
  () => {
    const [file] = corpusFiles('gs1/gs1-syntax-dictionary.txt')
    let seen = 0
    for (const line of (file?.text ?? '').split('\n')) {
      if (!/^\d/.test(line)) continue
      const [range = '', ...tokens] = (line.split('#')[0] ?? '').trim().split(/\s+/)
      const [from = '', to = from] = range.split('-')
      for (let number = Number(from); number <= Number(to); number++) {
        const ai = String(number).padStart(from.length, '0')
        assert.deepEqual(described(ai), published(tokens), ai)
        seen++
      }
    }
    assert.equal(seen, 541)
    assert.equal(applicationIdentifiers.size, seen)
  },
)

function published(tokens: readonly string[]): unknown {
  const flags = /^[*?]+$/.test(tokens[0] ?? '') ? tokens[0] : ''
  const key = tokens.find((token) => token.startsWith('dlpkey'))
  return {
    predefined: flags?.includes('*'),
    components: tokens.filter((token) => /^\[?[NXYZ]/.test(token)),
    link: key !== undefined ? 'key' : flags?.includes('?') ? 'attribute' : undefined,
    qualifiers: key?.split('=')[1]?.split('|') ?? [],
    with: tokens.filter((token) => token.startsWith('req=')).map((token) => token.slice(4)),
    without: tokens.filter((token) => token.startsWith('ex=')).flatMap((token) => token.slice(3).split(',')),
  }
}

function described(ai: string): unknown {
  const identifier = applicationIdentifiers.get(ai)
  assert.ok(identifier, ai)
  assert.match(identifier.title, /\p{Script=Han}/u)
  return {
    predefined: identifier.predefined,
    components: identifier.components.map(({ set, min, max, optional, linters }) => {
      const form = [`${set}${min === max ? '' : '..'}${max}`, ...linters]
      return optional ? [`[${form[0]}]`, ...form.slice(1)].join(',') : form.join(',')
    }),
    link: identifier.link,
    qualifiers: identifier.qualifiers.map((sequence) => sequence.join(',')),
    with: identifier.with.map((group) => group.map((all) => all.join('+')).join(',')),
    without: identifier.without,
  }
}

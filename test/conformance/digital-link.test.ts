import assert from 'node:assert/strict'
import { canonicalKey, digitalLinkToEpc, epcToDigitalLink } from '../../src/standards/digital-link/index.ts'
import { hasCheckDigit, splitEpc } from '../../src/standards/gs1/index.ts'
import { corpusFiles, corpusTest } from './corpus.ts'

type Pair = { in: string; out: string }

function pairs(): Pair[] {
  const [file] = corpusFiles('gs1/epc-urn-to-digital-link.jsonl')
  return lines(file?.text ?? '') as Pair[]
}

function lines(text: string): unknown[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

corpusTest('every published EPC URN and Digital Link has the published canonical Digital Link as its key', 62, () => {
  const cases = pairs()
  assert.equal(cases.length, 62)
  for (const pair of cases) assert.equal(canonicalKey(pair.in).key, pair.out, pair.in)
})

corpusTest('every published EPC URN becomes the published Digital Link and comes back', 31, () => {
  const urns = pairs().filter((pair) => pair.in.startsWith('urn:'))
  assert.equal(urns.length, 31)
  for (const { in: urn, out } of urns) {
    assert.equal(epcToDigitalLink(urn), out)
    const length = splitEpc(urn)?.key?.companyPrefixLength ?? 0
    // A class of UPUIs and one of SGTINs are the same GTIN: the way back can only name one of them.
    const expected = urn.replace('idpat:upui', 'idpat:sgtin')
    assert.equal(digitalLinkToEpc(out, length), expected)
  }
})

corpusTest('every published wrong check digit is seen', 7, () => {
  const [file] = corpusFiles('gs1/vectors-linters.jsonl')
  const vectors = lines(file?.text ?? '') as { linter: string; pass: boolean; value: string }[]
  const cases = vectors.filter(({ linter }) => linter === 'gs1_lint_csum')
  assert.ok(cases.length > 0)
  for (const { value, pass } of cases) assert.equal(hasCheckDigit(value), pass, value)
})

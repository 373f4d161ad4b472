import assert from 'node:assert/strict'
import { linters } from '../../src/standards/gs1/index.ts'
import { corpusFiles, corpusTest } from './corpus.ts'

type Vector = { linter: string; pass: boolean; value: unknown; rest: [{ c: string }?] }

corpusTest('every published vector of every linter is judged as published, with the published reason', 2829, () => {
  const [file] = corpusFiles('gs1/vectors-linters.jsonl')
  const vectors = (file?.text ?? '')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Vector)
  let judged = 0
  for (const { linter, pass, value, rest } of vectors) {
    // 4 vectors name variables of the C test; 8 pretend that the register of company prefixes is offline: we ask none.
    const reason = (rest[0]?.c ?? '').replace('GS1_LINTER_', '').toLowerCase().replaceAll('_', '-')
    if (typeof value !== 'string' || reason === 'gcp-datasource-offline') continue
    const name = linter.replace('gs1_lint_', '')
    assert.ok(Object.hasOwn(linters, name), name)
    const finding = linters[name as keyof typeof linters](value)
    const expected = pass ? undefined : reason.replace('exipiration', 'expiration')
    assert.equal(finding?.code, expected, `${name} ${JSON.stringify(value)}`)
    judged++
  }
  assert.equal(judged, 2829)
})

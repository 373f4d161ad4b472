import assert from 'node:assert/strict'
import { parseDocument } from '../../src/standards/epcis/index.ts'
import { corpusFiles, corpusTest } from './corpus.ts'

corpusTest('every published JSON document has the published event hash ids', 12, () => {
  const documents = corpusFiles('hash/*.jsonld')
  assert.equal(documents.length, 12)
  for (const { name, text } of documents) {
    const [published] = corpusFiles(name.replace('.jsonld', '.hashes'))
    const parsed = parseDocument(JSON.parse(text))
    assert.ok(parsed.ok, name)
    const hashes = parsed.document.events.map(({ hash }) => hash)
    assert.deepEqual(hashes, published?.text.trim().split('\n'), name)
  }
})

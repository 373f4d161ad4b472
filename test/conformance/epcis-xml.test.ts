import assert from 'node:assert/strict'
import {
  type CaptureJob,
  type ParsedDocument,
  parseDocument,
  parseXml,
  readXml,
  writeCaptureJob,
  writeXml,
} from '../../src/standards/epcis/index.ts'
import { type Element, parseTree } from '../../src/standards/epcis/xml/tree.ts'
import { plain } from '../standards/plain-json.ts'
import { corpusFiles, corpusTest } from './corpus.ts'

type Json = Record<string, unknown>

function accepted(name: string, xml: string): ParsedDocument {
  const parsed = parseXml(xml)
  assert.ok(parsed.ok, `${name}: ${parsed.ok ? '' : JSON.stringify(parsed.problems)}`)
  return parsed.document
}

function jsonOf(name: string, xml: string): Json {
  const read = readXml(xml)
  assert.ok(read.ok, name)
  return read.value
}

const hashes = (document: ParsedDocument) => document.events.map(({ hash }) => hash)

/** Capture jobs are answers of the server, not documents. */
const official = () => corpusFiles('epcis/xml-examples/**/*.xml').filter(({ name }) => !name.includes('CaptureJob'))

corpusTest('all 27 official XML documents with their 57 events are accepted', 27, () => {
  const documents = official().map(({ name, text }) => accepted(name, text))
  assert.equal(documents.length, 27)
  assert.equal(documents.flatMap(({ events }) => events).length, 57)
})

corpusTest('all 34 OpenEPCIS captures in XML and all 19 of EPCIS 1.2 are accepted', 53, () => {
  const files = corpusFiles('openepcis/xml-{capture,1.2}/*.xml')
  assert.equal(files.length, 53)
  for (const { name, text } of files) assert.ok(accepted(name, text).events.length > 0, name)
})

corpusTest('every published XML document has the published event hash ids', 9, () => {
  const files = corpusFiles('hash/*.xml')
  assert.equal(files.length, 9)
  for (const { name, text } of files) {
    const [published] = corpusFiles(name.replace('.xml', '.hashes'))
    assert.deepEqual(hashes(accepted(name, text)), published?.text.trim().split('\n'), name)
  }
})

/** Published pairs whose facts differ: the two of a pair are not the same events. */
const unlike = /all_possible_fields|ErrorDeclarationAndCorrectiveEvent/

corpusTest('the XML twin of a JSON document has the same events', 32, () => {
  let twins = 0
  for (const { name, text } of [...corpusFiles('openepcis/xml-capture/*.xml'), ...official()]) {
    const base = name.replace(/^.*\/|\.xml$/g, '')
    const isOpen = name.startsWith('openepcis')
    const [twin] = corpusFiles(isOpen ? `openepcis/json-capture/${base}.json` : `epcis/json-examples/**/${base}.jsonld`)
    if (twin === undefined || (!isOpen && unlike.test(name))) continue
    const parsed = parseDocument(JSON.parse(twin.text))
    assert.ok(parsed.ok)
    assert.deepEqual(hashes(accepted(name, text)), hashes(parsed.document), name)
    twins++
  }
  assert.equal(twins, 32)
})

corpusTest('every JSON document written as XML and read back is equal, hashes included', 94, () => {
  const files = corpusFiles('{epcis/json-examples/**/*.jsonld,openepcis/json-capture/*.json,hash/*.jsonld}')
  assert.equal(files.length, 94)
  for (const { name, text } of files) {
    const json = JSON.parse(text) as Json
    const xml = writeXml(json)
    const back = jsonOf(name, xml)
    assert.deepEqual(plain(back), plain(json), name)
    const parsed = parseDocument(json)
    assert.ok(parsed.ok)
    assert.deepEqual(hashes(accepted(name, xml)), hashes(parsed.document), name)
    assert.equal(writeXml(jsonOf(name, writeXml(back))), writeXml(back), name)
  }
})

corpusTest('every XML document read, written and read again is equal', 89, () => {
  const files = [...official(), ...corpusFiles('{openepcis/xml-*,hash}/*.xml')]
  assert.equal(files.length, 89)
  for (const { name, text } of files) {
    const json = jsonOf(name, text)
    for (const words of ['urn', 'web'] as const) {
      const xml = writeXml(json, words)
      assert.deepEqual(plain(jsonOf(name, xml)), plain(json), name)
      // It has ilmd in an observation, which is taken from EPCIS 1.2 only.
      if (name === 'openepcis/xml-1.2/ObjectEvent_all_possible_fields.xml') continue
      assert.deepEqual(hashes(accepted(name, xml)), hashes(accepted(name, text)), name)
    }
  }
})

/** An element without line and white space: what two documents equal in XML share. */
function bare({ name, attributes, children, text }: Element): unknown {
  const pairs = attributes.filter(({ uri }) => uri === '').map(({ name: key, value }) => [key, value])
  return { name, attributes: Object.fromEntries(pairs), children: children.map(bare), text: text.trim() }
}

function treeOf(xml: string): Element {
  const tree = parseTree(xml, { depth: 9, characters: 9999 })
  assert.ok(tree.ok)
  return tree.value
}

/** A published capture job as the object that it is made of. */
function jobOf(root: Element): CaptureJob {
  const value: Record<string, unknown> = {}
  for (const { name, value: text } of root.attributes) value[name] = name === 'captureID' ? text : text === 'true'
  for (const child of root.children) {
    const errors = child.children.map((error) =>
      Object.fromEntries(error.children.map(({ name, text }) => [name, text])),
    )
    value[child.name] = child.name === 'errors' ? errors : child.text
  }
  return value as CaptureJob
}

corpusTest('the published capture jobs are written as published', 4, () => {
  const files = corpusFiles('epcis/xml-examples/CaptureJob/*.xml')
  assert.equal(files.length, 4)
  for (const { name, text } of files) {
    const published = treeOf(text)
    assert.deepEqual(bare(treeOf(writeCaptureJob(jobOf(published)))), bare(published), name)
  }
})

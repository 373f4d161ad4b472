import assert from 'node:assert/strict'
import { type ParsedDocument, parseDocument } from '../../src/standards/epcis/index.ts'
import { corpusFiles, corpusTest } from './corpus.ts'

function accepted(name: string, text: string): ParsedDocument {
  const parsed = parseDocument(JSON.parse(text))
  assert.ok(parsed.ok, `${name}: ${parsed.ok ? '' : JSON.stringify(parsed.problems)}`)
  return parsed.document
}

function eventsOf(json: Record<string, Record<string, unknown>>): unknown {
  const body = json.epcisBody as Record<string, Record<string, Record<string, unknown>>>
  return body.eventList ?? body.queryResults?.resultsBody?.eventList
}

corpusTest('all 46 official documents with their 54 events are accepted, and no event is changed', 46, () => {
  const files = corpusFiles('epcis/json-examples/**/*.jsonld')
  const documents = files.map(({ name, text }) => ({ text, document: accepted(name, text) }))
  const captures = documents.filter(({ document }) => document.kind === 'EPCISDocument')
  assert.equal(captures.length, 46)
  assert.equal(captures.flatMap(({ document }) => document.events).length, 54)
  for (const { text, document } of documents) {
    assert.deepEqual(
      document.events.map((event) => event.raw),
      eventsOf(JSON.parse(text)),
    )
  }
})

corpusTest('the official query document is accepted', 1, () => {
  const files = corpusFiles('epcis/json-examples/EPCISQueryDocument.jsonld')
  assert.equal(files.length, 1)
  for (const { name, text } of files) {
    const document = accepted(name, text)
    assert.equal(document.kind, 'EPCISQueryDocument')
    assert.ok(document.queryName)
    assert.ok(document.events.length > 0)
  }
})

corpusTest('every event of the official documents is accepted as a single event with its context', 54, () => {
  for (const { name, text } of corpusFiles('epcis/json-examples/**/*.jsonld')) {
    const document = accepted(name, text)
    for (const { raw, hash } of document.events) {
      const own = raw['@context'] === undefined ? [] : [raw['@context']].flat()
      const single = { ...raw, '@context': [...[document.context].flat(), ...own] }
      assert.deepEqual(
        accepted(name, JSON.stringify(single)).events.map((event) => event.hash),
        [hash],
      )
    }
  }
})

corpusTest('all OpenEPCIS captures are accepted', 35, () => {
  const files = corpusFiles('openepcis/json-capture/*.json')
  assert.equal(files.length, 35)
  for (const { name, text } of files) assert.ok(accepted(name, text).events.length > 0, name)
})

/** What each invalid document is refused for: place and code of its problems. */
const refusals: Readonly<Record<string, readonly string[]>> = {
  Combination_of_events_with_missing_mandatory_fields: [
    'missing /epcisBody/eventList/0/action',
    'missing /epcisBody/eventList/1/eventTimeZoneOffset',
    'missing /epcisBody/eventList/1/action',
  ],
  Combination_of_multiple_invalid_fields: [
    'vocabulary /epcisBody/eventList/0/bizStep',
    'vocabulary /epcisBody/eventList/1/disposition',
    'vocabulary /epcisBody/eventList/2/sourceList/0/type',
    'unknown-field /epcisBody/eventList/3/ilmd/materialType',
    'date-time /epcisBody/eventList/4/eventTime',
    'action /epcisBody/eventList/4/action',
  ],
  Combination_of_non_standard_bizStep_and_disposition: [
    'vocabulary /epcisBody/eventList/0/bizStep',
    'vocabulary /epcisBody/eventList/1/disposition',
  ],
  EPCISDocument_without_context: ['missing /@context'],
  ObjectEvent_with_ilmd_field_without_namespace: ['unknown-field /epcisBody/eventList/0/ilmd/materialType'],
  ObjectEvent_with_invalid_action: ['action /epcisBody/eventList/0/action'],
  ObjectEvent_with_invalid_certificationInfo: [
    'wrong-type /epcisBody/eventList/0/certificationInfo/0',
    'wrong-type /epcisBody/eventList/0/certificationInfo/1',
  ],
  ObjectEvent_with_invalid_eventTime_format: ['date-time /epcisBody/eventList/0/eventTime'],
  ObjectEvent_with_non_standard_bizStep: ['vocabulary /epcisBody/eventList/0/bizStep'],
  ObjectEvent_with_non_standard_bizStep_in_second_event: ['vocabulary /epcisBody/eventList/1/bizStep'],
  ObjectEvent_with_non_standard_disposition: ['vocabulary /epcisBody/eventList/0/disposition'],
  ObjectEvent_with_quantity_as_text: ['number /epcisBody/eventList/0/quantityList/0/quantity'],
  ObjectEvent_with_unknown_field_in_quantityList: ['unknown-field /epcisBody/eventList/0/quantityList/0/weight'],
  ObjectEvent_without_action_and_eventTime: [
    'missing /epcisBody/eventList/0/eventTime',
    'missing /epcisBody/eventList/0/eventTimeZoneOffset',
    'missing /epcisBody/eventList/0/action',
  ],
  ObjectEvent_without_identifier_list: ['no-things /epcisBody/eventList/0/epcList'],
}

corpusTest('all 15 invalid documents are refused at the right place, in Chinese, naming the field', 15, () => {
  const files = corpusFiles('openepcis/json-invalid/*.json')
  assert.equal(files.length, 15)
  for (const { name, text } of files) {
    const parsed = parseDocument(JSON.parse(text))
    assert.ok(!parsed.ok, name)
    const key = name.replace(/^.*\/|\.json$/g, '')
    assert.deepEqual(
      parsed.problems.map(({ code, at }) => `${code} ${at}`),
      refusals[key],
    )
    for (const { text: sentence } of parsed.problems) assert.match(sentence, /\p{Script=Han}/u)
  }
})

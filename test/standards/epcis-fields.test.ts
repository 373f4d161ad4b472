import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDocument } from '../../src/standards/epcis/index.ts'
import { change, context, documentOf, eventTypes, fullEvent, remove, smallEvent } from './sample-events.ts'

/** The problems of a document as "code place", the place without the way to the first event. */
function problemsOf(json: unknown, limits = {}): string[] {
  const parsed = parseDocument(json, limits)
  if (parsed.ok) return []
  for (const { text } of parsed.problems) assert.match(text, /\p{Script=Han}/u)
  return parsed.problems.map(({ code, at }) => `${code} ${at.replace('/epcisBody/eventList/0', '')}`)
}

function afterChange(type: string, pointer: string, value: unknown): string[] {
  return problemsOf(documentOf(change(fullEvent(type), pointer, value)))
}

test('an event of each type with every field is accepted, in a document and alone', () => {
  for (const type of eventTypes) {
    assert.deepEqual(problemsOf(documentOf(fullEvent(type))), [], type)
    assert.deepEqual(problemsOf({ '@context': context, ...fullEvent(type) }), [], type)
  }
})

test('each required field of each event type is asked for', () => {
  const required: Record<string, string[]> = {
    ObjectEvent: ['action'],
    AggregationEvent: ['action', 'parentID'],
    TransactionEvent: ['action', 'bizTransactionList'],
    TransformationEvent: [],
    AssociationEvent: ['action', 'parentID'],
  }
  for (const type of eventTypes) {
    for (const name of ['type', 'eventTime', 'eventTimeZoneOffset', ...(required[type] ?? [])]) {
      const found = afterChange(type, `/${name}`, remove)
      assert.ok(found.includes(`missing /${name}`), `${type} ${name}: ${found}`)
    }
  }
})

const long = `urn:x:${'a'.repeat(600)}`

/** For each field a value that breaks its rule, and the problem it brings. */
const badFields: [pointer: string, value: unknown, problem: string][] = [
  ['/type', 'ThingEvent', 'type /type'],
  ['/type', 7, 'type /type'],
  ['/eventID', 'not a uri', 'uri /eventID'],
  ['/eventID', long, 'uri /eventID'],
  ['/eventID', 5, 'wrong-type /eventID'],
  ['/eventTime', '2026-07-22', 'date-time /eventTime'],
  ['/eventTime', '2026-07-22T06:45:00', 'date-time /eventTime'],
  ['/eventTime', '2026-02-29T06:45:00Z', 'date-time /eventTime'],
  ['/eventTime', '2026-13-01T06:45:00Z', 'date-time /eventTime'],
  ['/eventTime', '2026-07-22T24:00:00Z', 'date-time /eventTime'],
  ['/eventTime', '2026-07-22T06:60:00Z', 'date-time /eventTime'],
  ['/eventTime', '2026-07-22T06:45:60Z', 'date-time /eventTime'],
  ['/eventTime', '2026-07-22T06:45:00+15:00', 'date-time /eventTime'],
  ['/eventTime', '1026-07-22T06:45:00Z', 'date-time /eventTime'],
  ['/eventTime', 1_784_000_000, 'wrong-type /eventTime'],
  ['/recordTime', 'now', 'date-time /recordTime'],
  ['/eventTimeZoneOffset', 'Z', 'zone-offset /eventTimeZoneOffset'],
  ['/eventTimeZoneOffset', '+8:00', 'zone-offset /eventTimeZoneOffset'],
  ['/eventTimeZoneOffset', '+14:30', 'zone-offset /eventTimeZoneOffset'],
  ['/eventTimeZoneOffset', 8, 'wrong-type /eventTimeZoneOffset'],
  ['/certificationInfo', 'no', 'uri /certificationInfo'],
  ['/certificationInfo/0', {}, 'wrong-type /certificationInfo/0'],
  ['/errorDeclaration', 'x', 'wrong-type /errorDeclaration'],
  ['/errorDeclaration/declarationTime', remove, 'missing /errorDeclaration/declarationTime'],
  ['/errorDeclaration/declarationTime', 'x', 'date-time /errorDeclaration/declarationTime'],
  ['/errorDeclaration/reason', 'guess', 'vocabulary /errorDeclaration/reason'],
  ['/errorDeclaration/correctiveEventIDs', 'x', 'wrong-type /errorDeclaration/correctiveEventIDs'],
  ['/errorDeclaration/correctiveEventIDs/0', 'x', 'uri /errorDeclaration/correctiveEventIDs/0'],
  ['/errorDeclaration/note', 'x', 'unknown-field /errorDeclaration/note'],
  ['/bizStep', 'cooking', 'vocabulary /bizStep'],
  ['/bizStep', 'urn:epcglobal:cbv:bizstep:cooking', 'vocabulary /bizStep'],
  ['/bizStep', 'urn:epcglobal:cbv:disp:active', 'vocabulary /bizStep'],
  ['/bizStep', 'https://ref.gs1.org/cbv/BizStep-cooking', 'vocabulary /bizStep'],
  ['/bizStep', 'cbv:Disp-active', 'vocabulary /bizStep'],
  ['/bizStep', 'https://example.cn/a b', 'vocabulary /bizStep'],
  ['/bizStep', null, 'wrong-type /bizStep'],
  ['/disposition', 'lost', 'vocabulary /disposition'],
  ['/persistentDisposition', {}, 'missing /persistentDisposition'],
  ['/persistentDisposition', [], 'wrong-type /persistentDisposition'],
  ['/persistentDisposition/set', [], 'empty-list /persistentDisposition/set'],
  ['/persistentDisposition/set', 'active', 'wrong-type /persistentDisposition/set'],
  ['/persistentDisposition/set/0', 'lost', 'vocabulary /persistentDisposition/set/0'],
  ['/persistentDisposition/unset', ['active', 'active'], 'duplicate /persistentDisposition/unset/1'],
  ['/persistentDisposition/since', 'x', 'unknown-field /persistentDisposition/since'],
  ['/readPoint', 'urn:epc:id:sgln:690123.000001.0', 'wrong-type /readPoint'],
  ['/readPoint/id', remove, 'missing /readPoint/id'],
  ['/readPoint/id', 'urn:epc:id:sgln:690123.00001.0', 'epc /readPoint/id'],
  ['/readPoint/name', '东门', 'unknown-field /readPoint/name'],
  ['/bizLocation/id', 'here', 'uri /bizLocation/id'],
  ['/bizTransactionList', {}, 'wrong-type /bizTransactionList'],
  ['/bizTransactionList/0', 'x', 'wrong-type /bizTransactionList/0'],
  ['/bizTransactionList/0/type', 'letter', 'vocabulary /bizTransactionList/0/type'],
  ['/bizTransactionList/0/bizTransaction', remove, 'missing /bizTransactionList/0/bizTransaction'],
  ['/bizTransactionList/0/bizTransaction', '12345', 'uri /bizTransactionList/0/bizTransaction'],
  ['/bizTransactionList/0/note', 'x', 'unknown-field /bizTransactionList/0/note'],
  ['/sourceList/0/type', remove, 'missing /sourceList/0/type'],
  ['/sourceList/0/type', 'place', 'vocabulary /sourceList/0/type'],
  ['/sourceList/0/source', remove, 'missing /sourceList/0/source'],
  ['/sourceList/0/source', '老王', 'uri /sourceList/0/source'],
  ['/sourceList/0/example:x', '1', 'unknown-field /sourceList/0/example:x'],
  ['/destinationList/0/type', 'place', 'vocabulary /destinationList/0/type'],
  ['/destinationList/0/destination', remove, 'missing /destinationList/0/destination'],
  ['/destinationList/0/destination', 1, 'wrong-type /destinationList/0/destination'],
  ['/sensorElementList', 'x', 'wrong-type /sensorElementList'],
  ['/sensorElementList/0/sensorReport', remove, 'missing /sensorElementList/0/sensorReport'],
  ['/sensorElementList/0/sensorReport', [], 'empty-list /sensorElementList/0/sensorReport'],
  ['/sensorElementList/0/probe', '中心', 'unknown-field /sensorElementList/0/probe'],
  ['/sensorElementList/0/sensorMetadata/time', '6:45', 'date-time /sensorElementList/0/sensorMetadata/time'],
  ['/sensorElementList/0/sensorMetadata/startTime', '', 'date-time /sensorElementList/0/sensorMetadata/startTime'],
  ['/sensorElementList/0/sensorMetadata/endTime', '', 'date-time /sensorElementList/0/sensorMetadata/endTime'],
  ...['deviceID', 'deviceMetadata', 'rawData', 'dataProcessingMethod', 'bizRules'].flatMap(
    (name): [string, unknown, string][] =>
      ['sensorMetadata', 'sensorReport/0'].map((place) => [
        `/sensorElementList/0/${place}/${name}`,
        'x',
        `uri /sensorElementList/0/${place}/${name}`,
      ]),
  ),
  ...(
    [
      ['type', remove, 'missing'],
      ['type', 'Warmth', 'vocabulary'],
      ['type', 'gs1:Warmth', 'vocabulary'],
      ['exception', 'ALARM', 'vocabulary'],
      ['component', 'w', 'vocabulary'],
      ['time', 'x', 'date-time'],
      ['microorganism', 'E. coli', 'uri'],
      ['chemicalSubstance', 'x', 'uri'],
      ['coordinateReferenceSystem', 'x', 'uri'],
      ['value', '4.5', 'number'],
      ['value', Number.POSITIVE_INFINITY, 'number'],
      ['minValue', '4', 'number'],
      ['maxValue', '5', 'number'],
      ['meanValue', '4', 'number'],
      ['sDev', '0', 'number'],
      ['percRank', '5', 'number'],
      ['percValue', '5', 'number'],
      ['stringValue', 5, 'wrong-type'],
      ['stringValue', 'a\0b', 'characters'],
      ['booleanValue', 'true', 'wrong-type'],
      ['hexBinaryValue', 'xyz', 'hex'],
      ['uriValue', 'x', 'uri'],
      ['uom', 5, 'wrong-type'],
      ['reading', 5, 'unknown-field'],
    ] as [string, unknown, string][]
  ).map(([name, value, code]): [string, unknown, string] => [
    `/sensorElementList/0/sensorReport/0/${name}`,
    value,
    `${code} /sensorElementList/0/sensorReport/0/${name}`,
  ]),
  ['/comment', 'x', 'unknown-field /comment'],
  ['/foo:comment', 'x', 'undeclared-prefix /foo:comment'],
  ['/example:shift', { 'foo:bar': 1 }, 'undeclared-prefix /example:shift/foo:bar'],
  ['/example:shift', 'a\0b', 'characters /example:shift'],
  ['/example:shift', ['\ud800'], 'characters /example:shift/0'],
  ['/example:shift', { 'a\0': 1 }, 'characters /example:shift/a\0'],
  ['/example:shift', { n: Number.POSITIVE_INFINITY }, 'number /example:shift/n'],
  ['/__proto__x', 1, 'unknown-field /__proto__x'],
]

test('every field is refused where its rule is broken, in every event type', () => {
  for (const type of eventTypes) {
    for (const [pointer, value, problem] of badFields) {
      assert.deepEqual(afterChange(type, pointer, value), [problem], `${type} ${pointer} ${String(value)}`)
    }
  }
})

const badThings: [type: string, pointer: string, value: unknown, problem: string][] = [
  ['ObjectEvent', '/action', 'CREATE', 'action /action'],
  ['ObjectEvent', '/action', 1, 'wrong-type /action'],
  ['ObjectEvent', '/epcList', 'x', 'wrong-type /epcList'],
  ['ObjectEvent', '/epcList/0', 'S1', 'uri /epcList/0'],
  ['ObjectEvent', '/epcList/0', 'urn:epc:id:sgtin:690123.456789.S1', 'epc /epcList/0'],
  ['ObjectEvent', '/epcList/0', long, 'uri /epcList/0'],
  ['ObjectEvent', '/epcList/1', 'urn:epc:id:sgtin:690123.0456789.S1', 'duplicate /epcList/1'],
  ['ObjectEvent', '/quantityList/0', 'x', 'wrong-type /quantityList/0'],
  ['ObjectEvent', '/quantityList/0/epcClass', remove, 'missing /quantityList/0/epcClass'],
  ['ObjectEvent', '/quantityList/0/epcClass', 'urn:epc:class:lgtin:1.2.3', 'epc /quantityList/0/epcClass'],
  ['ObjectEvent', '/quantityList/0/quantity', '12.5', 'number /quantityList/0/quantity'],
  ['ObjectEvent', '/quantityList/0/quantity', -1, 'range /quantityList/0/quantity'],
  ['ObjectEvent', '/quantityList/0/quantity', 1e12, 'range /quantityList/0/quantity'],
  ['ObjectEvent', '/quantityList/0/quantity', remove, 'missing /quantityList/0/quantity'],
  ['ObjectEvent', '/quantityList/0/uom', 'kg', 'uom /quantityList/0/uom'],
  ['ObjectEvent', '/quantityList/0/uom', 'KGMS', 'uom /quantityList/0/uom'],
  ['ObjectEvent', '/quantityList/0/example:x', 1, 'unknown-field /quantityList/0/example:x'],
  ['ObjectEvent', '/ilmd', 'x', 'wrong-type /ilmd'],
  ['ObjectEvent', '/ilmd/grade', 'A', 'unknown-field /ilmd/grade'],
  ['ObjectEvent', '/ilmd/foo:grade', 'A', 'undeclared-prefix /ilmd/foo:grade'],
  ['ObjectEvent', '/action', 'OBSERVE', 'ilmd-action /ilmd'],
  ['ObjectEvent', '/action', 'DELETE', 'ilmd-action /ilmd'],
  ['ObjectEvent', '/parentID', 'urn:x:1', 'unknown-field /parentID'],
  ['AggregationEvent', '/action', 'PACK', 'action /action'],
  ['AggregationEvent', '/parentID', 'x', 'uri /parentID'],
  ['AggregationEvent', '/childEPCs/0', 'x', 'uri /childEPCs/0'],
  ['AggregationEvent', '/childQuantityList/0/quantity', true, 'number /childQuantityList/0/quantity'],
  ['AggregationEvent', '/ilmd', {}, 'unknown-field /ilmd'],
  ['TransactionEvent', '/action', '', 'action /action'],
  ['TransactionEvent', '/bizTransactionList', [], 'empty-list /bizTransactionList'],
  ['TransactionEvent', '/parentID', 3, 'wrong-type /parentID'],
  ['TransactionEvent', '/epcList/0', 'x', 'uri /epcList/0'],
  ['TransactionEvent', '/quantityList/0/uom', 5, 'wrong-type /quantityList/0/uom'],
  ['TransformationEvent', '/action', 'ADD', 'unknown-field /action'],
  ['TransformationEvent', '/transformationID', 'x', 'uri /transformationID'],
  ['TransformationEvent', '/inputEPCList/0', 'x', 'uri /inputEPCList/0'],
  ['TransformationEvent', '/inputQuantityList/0/epcClass', 'x', 'uri /inputQuantityList/0/epcClass'],
  ['TransformationEvent', '/outputEPCList/0', 'x', 'uri /outputEPCList/0'],
  ['TransformationEvent', '/outputQuantityList/0/weight', 1, 'unknown-field /outputQuantityList/0/weight'],
  ['TransformationEvent', '/ilmd', [], 'wrong-type /ilmd'],
  ['AssociationEvent', '/action', null, 'wrong-type /action'],
  ['AssociationEvent', '/parentID', 'x', 'uri /parentID'],
  ['AssociationEvent', '/childEPCs/0', 'x', 'uri /childEPCs/0'],
  ['AssociationEvent', '/childQuantityList', 5, 'wrong-type /childQuantityList'],
]

test('every field of one event type is refused where its rule is broken', () => {
  for (const [type, pointer, value, problem] of badThings) {
    assert.deepEqual(afterChange(type, pointer, value), [problem], `${type} ${pointer} ${String(value)}`)
  }
})

function without(type: string, names: string[], changes: Record<string, unknown> = {}): string[] {
  const event: Record<string, unknown> = { ...fullEvent(type), ...changes }
  for (const name of names) delete event[name]
  return problemsOf(documentOf(event))
}

test('an object event speaks of things, or of sensor data at a read point', () => {
  const lists = ['epcList', 'quantityList']
  assert.deepEqual(without('ObjectEvent', lists), [])
  assert.deepEqual(without('ObjectEvent', [...lists, 'readPoint']), ['no-things /epcList'])
  assert.deepEqual(without('ObjectEvent', [...lists, 'sensorElementList']), ['no-things /epcList'])
  assert.deepEqual(without('ObjectEvent', ['epcList']), [])
  assert.deepEqual(without('ObjectEvent', ['quantityList', 'sensorElementList'], { epcList: [] }), [
    'no-things /epcList',
  ])
})

test('an aggregation has a parent unless observed, and children unless dissolved', () => {
  const children = ['childEPCs', 'childQuantityList']
  assert.deepEqual(without('AggregationEvent', ['parentID'], { action: 'OBSERVE' }), [])
  assert.deepEqual(without('AggregationEvent', ['parentID'], { action: 'DELETE' }), ['missing /parentID'])
  assert.deepEqual(without('AggregationEvent', children), ['no-things /childEPCs'])
  assert.deepEqual(without('AggregationEvent', children, { action: 'DELETE' }), [])
  assert.deepEqual(without('AssociationEvent', children), ['no-things /childEPCs'])
  assert.deepEqual(without('AssociationEvent', children, { action: 'DELETE' }), [])
})

test('a transaction names things unless deleted', () => {
  const things = ['parentID', 'epcList', 'quantityList']
  assert.deepEqual(without('TransactionEvent', things), ['no-things /epcList'])
  assert.deepEqual(without('TransactionEvent', things, { action: 'DELETE' }), [])
})

test('a transformation has input and output, or one side with a transformation id', () => {
  const inputs = ['inputEPCList', 'inputQuantityList']
  const outputs = ['outputEPCList', 'outputQuantityList']
  assert.deepEqual(without('TransformationEvent', inputs), [])
  assert.deepEqual(without('TransformationEvent', outputs), [])
  assert.deepEqual(without('TransformationEvent', [...inputs, 'transformationID']), ['no-things /inputEPCList'])
  assert.deepEqual(without('TransformationEvent', [...outputs, 'transformationID']), ['no-things /outputEPCList'])
  assert.deepEqual(without('TransformationEvent', [...inputs, ...outputs]), ['no-things /inputEPCList'])
})

test('a document is refused where something around the events is wrong', () => {
  const bad: [pointer: string, value: unknown, problems: string[]][] = [
    ['/@context', remove, ['missing /@context', 'undeclared-prefix /readPoint/example:door']],
    ['/@context', [], ['context /@context']],
    ['/@context', 'https://example.cn/context', ['context /@context']],
    ['/@context/0', 'x', ['uri /@context/0', 'context /@context']],
    ['/@context/0', 7, ['wrong-type /@context/0', 'context /@context']],
    ['/@context/1', { example: 'x' }, ['uri /@context/1/example']],
    ['/type', 'Document', ['type /type']],
    ['/id', 'x', ['uri /id']],
    ['/schemaVersion', remove, ['missing /schemaVersion']],
    ['/schemaVersion', '1.2', ['schema-version /schemaVersion']],
    ['/schemaVersion', 2, ['wrong-type /schemaVersion']],
    ['/creationDate', remove, ['missing /creationDate']],
    ['/creationDate', 'today', ['date-time /creationDate']],
    ['/sender', 5, ['wrong-type /sender']],
    ['/receiver', {}, ['wrong-type /receiver']],
    ['/instanceIdentifier', 5, ['wrong-type /instanceIdentifier']],
    ['/epcisHeader', 5, ['wrong-type /epcisHeader']],
    [
      '/epcisHeader',
      { epcisMasterData: { vocabularyList: [{}] } },
      ['missing /epcisHeader/epcisMasterData/vocabularyList/0/type'],
    ],
    ['/epcisBody', remove, ['missing /epcisBody']],
    ['/epcisBody', [], ['wrong-type /epcisBody']],
    ['/epcisBody', {}, ['missing /epcisBody/eventList']],
    ['/epcisBody/eventList', {}, ['wrong-type /epcisBody/eventList']],
    ['/epcisBody/eventList/0', 'x', ['wrong-type ']],
    ['/epcisBody/more', 1, ['unknown-field /epcisBody/more']],
    ['/note', 'x', ['unknown-field /note']],
    ['/foo:note', 'x', ['undeclared-prefix /foo:note']],
  ]
  for (const [pointer, value, problems] of bad) {
    const found = problemsOf(change(documentOf(fullEvent('ObjectEvent')), pointer, value))
    for (const problem of problems) assert.ok(found.includes(problem), `${pointer} ${String(value)}: ${found}`)
  }
})

test('a query document is refused where something around the results is wrong', () => {
  const query = () => ({
    '@context': structuredClone(context),
    type: 'EPCISQueryDocument',
    epcisBody: { queryResults: { queryName: 'q', subscriptionID: 's', resultsBody: { eventList: [smallEvent()] } } },
  })
  assert.deepEqual(problemsOf(query()), [])
  const at = '/epcisBody/queryResults'
  const bad: [pointer: string, value: unknown, problem: string][] = [
    ['/epcisBody', {}, `missing ${at}`],
    [`${at}/queryName`, remove, `missing ${at}/queryName`],
    [`${at}/queryName`, 5, `wrong-type ${at}/queryName`],
    [`${at}/subscriptionID`, 5, `wrong-type ${at}/subscriptionID`],
    [`${at}/resultsBody`, remove, `missing ${at}/resultsBody`],
    [`${at}/resultsBody/eventList`, remove, `missing ${at}/resultsBody/eventList`],
    [`${at}/resultsBody/eventList/0/action`, 'X', `action ${at}/resultsBody/eventList/0/action`],
  ]
  for (const [pointer, value, problem] of bad) {
    assert.deepEqual(problemsOf(change(query(), pointer, value)), [problem])
  }
})

test('what is neither document nor event is refused', () => {
  for (const json of [undefined, null, 5, 'x', true, []]) assert.deepEqual(problemsOf(json), ['wrong-type '])
  assert.deepEqual(problemsOf({}), ['type /type'])
  assert.deepEqual(problemsOf({ type: 'constructor' }), ['type /type'])
})

test('a single event needs a context, and the standard one', () => {
  assert.deepEqual(problemsOf(smallEvent()), ['missing /@context'])
  assert.deepEqual(problemsOf({ ...smallEvent(), '@context': [{ example: 'https://ns.example.cn/' }] }), [
    'context /@context',
  ])
})

test('an extension is accepted under a prefix of the document, of the event, of the standard, or as full URI', () => {
  const own = { ...smallEvent(), '@context': { own: 'https://own.example.cn/' }, 'own:a': 1 }
  assert.deepEqual(problemsOf(documentOf(own)), [])
  // A prefix that one event declares is not known in the next.
  assert.deepEqual(problemsOf(documentOf({ ...smallEvent(), 'own:a': 1 }, own)), ['undeclared-prefix /own:a'])
  for (const name of ['example:a', 'gs1:a', 'cbvmda:lotNumber', 'rdfs:comment', 'https://x.cn/a', 'urn:x:a']) {
    assert.deepEqual(problemsOf(documentOf({ ...smallEvent(), [name]: null })), [], name)
  }
})

test('a prefix is declared as a URI, and not under the name of a scheme that identifiers use', () => {
  const declare = (own: unknown) => problemsOf(documentOf({ ...smallEvent(), '@context': own }))
  assert.deepEqual(
    declare({ a: 'https://a.cn/', 'a:b': { '@type': '@id' }, c: { '@id': 'https://c.cn/' }, d: null }),
    [],
  )
  assert.deepEqual(declare({ a: 5 }), ['uri /@context/a'])
  assert.deepEqual(declare({ a: `https://a.cn/${'a'.repeat(256)}` }), ['uri /@context/a'])
  assert.deepEqual(declare({ urn: 'https://a.cn/' }), ['context /@context/urn'])
})

test('limits: events in a document, nesting of an extension, problems told', () => {
  const events = Array.from({ length: 11 }, smallEvent)
  assert.deepEqual(problemsOf(documentOf(...events), { events: 10 }), ['too-many-events /epcisBody/eventList'])
  assert.deepEqual(problemsOf(documentOf(...events), { events: 11 }), [])
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)])
  assert.deepEqual(problemsOf(documentOf({ ...smallEvent(), 'example:a': nested(32) })), [])
  const [problem] = problemsOf(documentOf({ ...smallEvent(), 'example:a': nested(33) }))
  assert.match(problem ?? '', /^too-deep \/example:a\/0/)
  assert.equal(problemsOf(documentOf({ ...smallEvent(), 'example:a': nested(5000) })).length, 1)
  const manyBad = Array.from({ length: 300 }, () => ({}))
  assert.equal(problemsOf(documentOf(...manyBad)).length, 100)
  assert.equal(problemsOf(documentOf(...manyBad), { problems: 7 }).length, 7)
})

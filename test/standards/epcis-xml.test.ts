import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDocument, parseXml, readXml, writeXml, writeXmlProblem } from '../../src/standards/epcis/index.ts'
import { documentOf, eventTypes, fullEvent, smallEvent } from './sample-events.ts'
import { oldDocument, xmlDocument, xmlEvent } from './xml-samples.ts'

type Json = Record<string, unknown>

function read(xml: string): Json {
  const result = readXml(xml)
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}

function eventOf(xml: string): Json {
  const parsed = parseXml(xml)
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.document.events[0]?.raw ?? {}
}

/** The problems of a refused document as `code at`. */
function refusals(xml: string, limits = {}): string[] {
  const parsed = parseXml(xml, limits)
  assert.ok(!parsed.ok, `${xml.slice(0, 200)} was accepted`)
  for (const { text } of parsed.problems) assert.match(text, /\p{Script=Han}/u)
  return parsed.problems.map(({ code, at }) => `${code} ${at}`)
}

test('every field of every event type comes back equal from XML, with the same hash', () => {
  for (const type of eventTypes) {
    const json = {
      ...documentOf(fullEvent(type)),
      id: 'https://example.cn/1',
      sender: 'A',
      receiver: 'B',
      instanceIdentifier: '7',
    }
    for (const words of ['urn', 'web'] as const) {
      const back = read(writeXml(json, words))
      const event = structuredClone(fullEvent(type))
      // A list of one certificate and the one certificate are the same.
      event.certificationInfo = 'https://example.cn/certificate/1'
      assert.deepEqual(back, { ...json, epcisBody: { eventList: [event] } })
      assert.equal(hashOf(back), hashOf(json))
    }
  }
})

function hashOf(json: Json): string {
  const parsed = parseDocument(json)
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.document.events[0]?.hash ?? ''
}

test('extensions of any kind and name come back equal', () => {
  const extensions: Json = {
    'example:text': ' 前后有空格\r\n\t',
    'example:empty': '',
    'example:markup': '<a href="x">&amp;]]></a>',
    'example:number': [7, -0.5, 1e300, 123456789012345680000, 0.1 + 0.2],
    'example:flag': [true, false, null],
    'example:like': { number: '7', flag: 'true' },
    'example:name with space': 'x',
    'example:1': { '': 'empty', _x0041_: 'looks escaped', 'a:': 1, __proto__x: 1, constructor: 'y' },
    'example:中文': { 名称: '早班', '@unit': 'KGM', '#text': '3.5' },
    'https://other.example.cn/ns#far': { 'https://other.example.cn/ns#near': 1 },
    'urn:x': 'no namespace',
    'gs1:netContent': '5',
    'rdfs:comment': '说明',
  }
  delete (extensions['example:1'] as Json)['a:']
  const json = documentOf({ ...smallEvent(), ...extensions })
  const back = read(writeXml(json))
  const [event] = (back.epcisBody as { eventList: Json[] }).eventList
  const expected: Json = { ...smallEvent(), ...extensions, 'ns2:far': { 'ns2:near': 1 } }
  delete expected['https://other.example.cn/ns#far']
  assert.deepEqual(event, expected)
  assert.deepEqual((back['@context'] as Json[])[1], {
    example: 'https://ns.example.cn/epcis/',
    ns2: 'https://other.example.cn/ns#',
  })
  assert.equal(hashOf(back), hashOf(json))
})

test('prefixes that an event declares itself stay with the event, and one that means two things is renamed', () => {
  const json = documentOf(
    { ...smallEvent(), '@context': { own: 'https://own.example.cn/' }, 'own:a': '1', 'example:b': '2' },
    { ...smallEvent(), '@context': { example: 'https://else.example.cn/' }, 'example:c': '3' },
  )
  const back = read(writeXml(json))
  const [first, second] = (back.epcisBody as { eventList: Json[] }).eventList
  assert.deepEqual(first, {
    ...smallEvent(),
    '@context': { own: 'https://own.example.cn/' },
    'own:a': '1',
    'example:b': '2',
  })
  assert.deepEqual(second?.['@context'], { example1: 'https://else.example.cn/' })
  assert.equal(second?.['example1:c'], '3')
  const parsed = parseDocument(json)
  const again = parseDocument(back)
  assert.ok(parsed.ok && again.ok)
  assert.deepEqual(
    again.document.events.map(({ hash }) => hash),
    parsed.document.events.map(({ hash }) => hash),
  )
})

test('prefixes that XML does not allow are replaced', () => {
  for (const prefix of ['1a', 'xml', 'a b', 'epcis', 'xsi', 'sbdh']) {
    const json = { ...documentOf({ ...smallEvent(), [`${prefix}:x`]: '1' }) }
    json['@context'] = [(json['@context'] as unknown[])[0], { [prefix]: 'https://own.example.cn/' }]
    assert.equal(hashOf(read(writeXml(json))), hashOf(json), prefix)
  }
})

test('characters that XML cannot hold become U+FFFD', () => {
  const event = eventOf(
    writeXml(documentOf({ ...smallEvent(), 'example:a': 'a\u0001b\uffff', 'example:b': { '@c': '\u0002' } })),
  )
  assert.equal(event['example:a'], 'a\ufffdb\ufffd')
  assert.deepEqual(event['example:b'], { '@c': '\ufffd' })
})

test('a sensor report keeps extensions of any kind', () => {
  const report = {
    type: 'Temperature',
    value: 4.5,
    'example:note': '好',
    'example:count': 3,
    'example:more': { a: 'b' },
  }
  const json = documentOf({ ...smallEvent(), sensorElementList: [{ sensorReport: [report] }] })
  assert.deepEqual((read(writeXml(json)).epcisBody as Json).eventList, (json.epcisBody as Json).eventList)
})

test('a query document and its master data come back equal', () => {
  const json: Json = {
    '@context': documentOf()['@context'],
    type: 'EPCISQueryDocument',
    schemaVersion: '2.0',
    creationDate: '2026-07-22T08:00:00Z',
    epcisBody: {
      queryResults: {
        subscriptionID: '1',
        queryName: 'SimpleEventQuery',
        resultsBody: {
          eventList: [fullEvent('AssociationEvent')].map((e) => ({ ...e, certificationInfo: 'urn:x:1' })),
        },
      },
    },
  }
  assert.deepEqual(read(writeXml(json)), json)
  const parsed = parseXml(writeXml(json))
  assert.ok(parsed.ok)
  assert.equal(parsed.document.kind, 'EPCISQueryDocument')
  assert.equal(parsed.document.queryName, 'SimpleEventQuery')
})

test('master data in the header comes back equal', () => {
  const json = {
    ...documentOf(smallEvent()),
    epcisHeader: {
      epcisMasterData: {
        vocabularyList: [
          {
            type: 'urn:epcglobal:epcis:vtype:Location',
            vocabularyElementList: [
              {
                id: 'urn:epc:id:sgln:690123.000001.0',
                attributes: [
                  { id: 'urn:epcglobal:cbv:mda#name', attribute: '第一仓库' },
                  { id: 'urn:epcglobal:cbv:mda#depth', attribute: 7 },
                  { id: 'urn:epcglobal:cbv:mda#address', attribute: { 'example:street': '一路', 'example:no': 3 } },
                ],
                children: ['urn:epc:id:sgln:690123.000001.7'],
              },
            ],
          },
        ],
      },
    },
  }
  assert.deepEqual(read(writeXml(json)), json)
  assert.ok(parseXml(writeXml(json)).ok)
})

test('a document of master data alone is a document without events', () => {
  const parsed = parseXml(
    '<m:EPCISMasterDataDocument xmlns:m="urn:epcglobal:epcis-masterdata:xsd:2" schemaVersion="2.0" ' +
      'creationDate="2026-07-22T08:00:00Z"><EPCISBody><VocabularyList><Vocabulary type="urn:a:b"/></VocabularyList>' +
      '</EPCISBody></m:EPCISMasterDataDocument>',
  )
  assert.ok(parsed.ok, JSON.stringify(parsed))
  assert.deepEqual(parsed.document.events, [])
})

test('a single event is read as one, with or without the namespace of EPCIS', () => {
  const plain = parseXml(xmlEvent())
  assert.ok(plain.ok && plain.document.kind === 'event')
  const named = xmlEvent()
    .replace(/<(\/?)(\w)/g, '<$1e:$2')
    .replace('<e:ObjectEvent', '<e:ObjectEvent xmlns:e="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0"')
  const other = parseXml(named)
  assert.ok(other.ok, JSON.stringify(other))
  assert.equal(other.document.events[0]?.hash, plain.document.events[0]?.hash)
  assert.match(writeXml({ '@context': documentOf()['@context'], ...smallEvent() }), /^<\?xml [^>]*>\n<ObjectEvent /)
})

test('EPCIS 1.2 is upgraded: wrappers flattened, quantity events become object events, seconds added', () => {
  const old = eventOf(
    oldDocument(
      `<extension><extension>${xmlEvent(
        '<baseExtension><eventID>urn:uuid:1</eventID><extension><example:deep>1</example:deep></extension></baseExtension>' +
          '<extension><quantityList><quantityElement><epcClass>urn:epc:class:lgtin:690123.0456789.L1</epcClass>' +
          '<quantity xsi:nil="true"/></quantityElement></quantityList><ilmd><extension><example:a>1</example:a></extension>' +
          '</ilmd><extension><example:b>2</example:b></extension></extension>',
      )
        .replace('OBSERVE', 'ADD')
        .replace(':45:00.000+', ':45+')}</extension></extension>`,
    ),
  )
  assert.deepEqual(old, {
    ...smallEvent(),
    eventTime: '2026-07-22T06:45:00+08:00',
    action: 'ADD',
    eventID: 'urn:uuid:1',
    'example:deep': '1',
    quantityList: [{ epcClass: 'urn:epc:class:lgtin:690123.0456789.L1' }],
    ilmd: { 'example:a': '1' },
    'example:b': '2',
  })
  const quantity = eventOf(
    oldDocument(
      '<QuantityEvent><eventTime>2026-07-22T06:45:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset>' +
        '<epcClass>urn:epc:idpat:sgtin:690123.0456789.*</epcClass><quantity>12</quantity></QuantityEvent>',
    ),
  )
  assert.equal(quantity.type, 'ObjectEvent')
  assert.equal(quantity.action, 'OBSERVE')
  assert.deepEqual(quantity.quantityList, [{ epcClass: 'urn:epc:idpat:sgtin:690123.0456789.*', quantity: 12 }])
})

test('what changed between the versions is refused in 2.0', () => {
  const quantity = '<QuantityEvent><epcClass>urn:x:1</epcClass><quantity>12</quantity></QuantityEvent>'
  assert.deepEqual(refusals(xmlDocument(quantity)), ['type /epcisBody/eventList/0/type'])
  assert.deepEqual(refusals(xmlDocument(xmlEvent().replace(':45:00.000+', ':45+'))), [
    'date-time /epcisBody/eventList/0/eventTime',
  ])
  assert.deepEqual(refusals(xmlDocument(xmlEvent('<ilmd><example:a/></ilmd>'))), [
    'ilmd-action /epcisBody/eventList/0/ilmd',
  ])
})

test('words of the standard are read as bare words in whatever form, others stay', () => {
  for (const word of [
    'urn:epcglobal:cbv:bizstep:shipping',
    'https://ref.gs1.org/cbv/BizStep-shipping',
    'cbv:BizStep-shipping',
  ]) {
    assert.equal(eventOf(xmlDocument(xmlEvent(`<bizStep>\n ${word} </bizStep>`))).bizStep, 'shipping')
  }
  assert.equal(eventOf(xmlDocument(xmlEvent('<bizStep>https://x.cn/step</bizStep>'))).bizStep, 'https://x.cn/step')
  assert.deepEqual(refusals(xmlDocument(xmlEvent('<bizStep>urn:epcglobal:cbv:bizstep:x</bizStep>'))), [
    'vocabulary /epcisBody/eventList/0/bizStep',
  ])
})

test('text is trimmed, xsi:type tells numbers, and what is no such number stays text', () => {
  const event = eventOf(
    xmlDocument(
      xmlEvent(
        '<example:a> x\n</example:a><example:b xsi:type="xsd:integer">12</example:b><example:b>12</example:b>' +
          '<example:b xsi:type="xsd:double">2.50</example:b><example:b xsi:type="xsd:integer">1234567890123456789</example:b>' +
          '<example:b xsi:type="xsd:boolean">1</example:b><example:b xsi:type="xsd:integer">x</example:b>' +
          '<example:b xsi:type="xsd:dateTime">2026-01-01T00:00:00Z</example:b><![CDATA[ ]]>' +
          '<__proto__/>',
      ).replace('<__proto__/>', ''),
    ),
  )
  assert.equal(event['example:a'], 'x')
  assert.deepEqual(event['example:b'], [12, '12', 2.5, '1234567890123456789', true, 'x', '2026-01-01T00:00:00Z'])
})

test('document type declarations with content, entities and external references are refused', () => {
  const attacks: [doctype: string, inside: string][] = [
    ['<!DOCTYPE a [<!ENTITY x "y">]>', '&x;'],
    ['<!DOCTYPE a [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;">]>', '&b;'],
    ['<!DOCTYPE a SYSTEM "file:///etc/passwd">', ''],
    ['<!DOCTYPE a PUBLIC "-//x" "https://evil.example/x.dtd">', ''],
    ['<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>', ''],
  ]
  for (const [doctype, inside] of attacks) {
    const xml = `${doctype}${xmlDocument(xmlEvent(`<example:a>${inside}</example:a>`))}`
    assert.deepEqual(refusals(xml), ['doctype '])
  }
  assert.deepEqual(refusals(xmlDocument(xmlEvent('<example:a>&x;</example:a>'))), ['xml '])
  // Official examples carry a bare one.
  assert.ok(parseXml(`<!DOCTYPE project>${xmlDocument(xmlEvent())}`).ok)
})

test('malformed XML is refused with line and column', () => {
  const bad = [
    '',
    '   ',
    'no xml',
    '<a',
    '<a></b>',
    '<a b="1" b="2"/>',
    '<x:a/>',
    '<a/><b/>',
    '<a>\u0001</a>',
    '<a>&#0;</a>',
    xmlDocument().slice(0, -5),
    xmlDocument(xmlEvent('<undeclared:a/>')),
  ]
  for (const xml of bad) assert.deepEqual(refusals(xml), ['xml '], xml)
  const parsed = parseXml(`<a>\n<b>\n</a>`)
  assert.match(parsed.ok ? '' : (parsed.problems[0]?.text ?? ''), /^第 3 行第 \d+ 列/)
})

test('roots, elements, attributes and text that have no place are refused, each with its line', () => {
  assert.deepEqual(refusals('<a/>'), ['type '])
  assert.deepEqual(refusals('<EPCISDocument/>'), ['type '])
  assert.deepEqual(refusals('<ObjectEvent xmlns="urn:x:y"/>'), ['type '])
  const inEvent: [inside: string, problem: string][] = [
    ['<unknown/>', 'unknown-field /epcisBody/eventList/0/unknown'],
    ['<bizStep>a:b<x/></bizStep>', 'unknown-element '],
    ['<bizStep x="1">a:b</bizStep>', 'unknown-attribute '],
    ['<action>ADD</action>', 'duplicate '],
    ['stray', 'stray-text '],
    ['<bizTransactionList><source>urn:x:1</source></bizTransactionList>', 'unknown-element '],
    ['<bizTransactionList>x<bizTransaction>urn:x:1</bizTransaction></bizTransactionList>', 'stray-text '],
    ['<sourceList><source>urn:x:1</source></sourceList>', 'missing /epcisBody/eventList/0/sourceList/0/type'],
    [
      '<sourceList><source type="x:y" z="1">urn:x:1</source></sourceList>',
      'unknown-field /epcisBody/eventList/0/sourceList/0/z',
    ],
    ['<readPoint/>', 'missing /epcisBody/eventList/0/readPoint/id'],
    [
      '<quantityList><quantityElement><epcClass>urn:x:1</epcClass><quantity>x</quantity></quantityElement></quantityList>',
      'number /epcisBody/eventList/0/quantityList/0/quantity',
    ],
    [
      '<sensorElementList><sensorElement><sensorReport type="gs1:Mass" value="x"/></sensorElement></sensorElementList>',
      'number /epcisBody/eventList/0/sensorElementList/0/sensorReport/0/value',
    ],
  ]
  for (const [inside, problem] of inEvent) {
    const xml = xmlDocument(`\n\n${xmlEvent(inside)}`)
    assert.deepEqual(refusals(xml), [problem], inside)
    const parsed = parseXml(xml)
    assert.match(parsed.ok ? '' : (parsed.problems[0]?.text ?? ''), /^第 3 行：/, inside)
  }
  assert.deepEqual(refusals(xmlDocument('<example:Event/>')), ['unknown-element '])
})

test('depth, size and number of events are limited', () => {
  const deep = (levels: number) => `${'<example:a>'.repeat(levels)}${'</example:a>'.repeat(levels)}`
  assert.ok(parseXml(xmlDocument(xmlEvent(deep(20)))).ok)
  assert.deepEqual(refusals(xmlDocument(xmlEvent(deep(100_000)))), ['too-deep '])
  const json = `{"https://example.org/a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
  const report = `<sensorReport type="gs1:Temperature" value="1">${json}</sensorReport>`
  const sensor = `<sensorElementList><sensorElement>${report}</sensorElement></sensorElementList>`
  assert.match(refusals(xmlDocument(xmlEvent(sensor)))[0] ?? '', /^too-deep /)
  assert.deepEqual(refusals(xmlDocument(xmlEvent()), { characters: 100 }), ['too-large '])
  assert.deepEqual(refusals(xmlDocument(xmlEvent(), xmlEvent()), { events: 1 }), [
    'too-many-events /epcisBody/eventList',
  ])
  assert.equal(refusals(xmlDocument(...Array(50).fill('<example:x/>')), { problems: 7 }).length, 7)
})

test('a name that means something to JavaScript is a name like any other', () => {
  const event = eventOf(
    xmlDocument(xmlEvent('<example:a><__proto__><x>1</x></__proto__><constructor>2</constructor></example:a>')),
  )
  const inner = event['example:a'] as Json
  assert.deepEqual(Object.keys(inner), ['__proto__', 'constructor'])
  assert.equal(({} as Json).x, undefined)
})

test('attributes of an extension are kept and take part in the hash', () => {
  const weight = (unit: string) => xmlDocument(xmlEvent(`<example:weight unit="${unit}">3.50</example:weight>`))
  assert.deepEqual(eventOf(weight('KGM'))['example:weight'], { '@unit': 'KGM', '#text': '3.50' })
  const hash = (xml: string) => {
    const parsed = parseXml(xml)
    return parsed.ok ? parsed.document.events[0]?.hash : undefined
  }
  assert.notEqual(hash(weight('KGM')), hash(weight('GRM')))
  assert.equal(hash(weight('KGM')), hash(writeXml(read(weight('KGM')))))
})

test('a problem is written in XML, and nothing in it can break out', () => {
  const xml = writeXmlProblem({
    type: 'epcisException:ValidationException',
    title: '<a>&',
    status: 400,
    detail: ']]>\u0001',
  })
  assert.match(xml, /<title>&lt;a&gt;&amp;<\/title><status>400<\/status><detail>\]\]&gt;\ufffd<\/detail>/)
})

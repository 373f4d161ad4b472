import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { parseDocument } from '../../src/standards/epcis/index.ts'
import { processorMs } from './mutation.ts'
import { change, context, documentOf, eventTypes, fullEvent, remove, smallEvent } from './sample-events.ts'

function hashOf(event: unknown, documentContext: unknown = context): string {
  const parsed = parseDocument({ ...documentOf(event), '@context': documentContext })
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.document.events[0]?.hash ?? ''
}

const ns = 'https://ns.example.cn/epcis/'

test('the hash is the SHA-256 of the canonical text (CBV 2.0, section 8.9)', () => {
  const text =
    'eventType=ObjectEventeventTime=2026-07-21T22:45:00.000ZeventTimeZoneOffset=+08:00' +
    'certificationInfo=https://example.cn/c/1certificationInfo=https://example.cn/c/2' +
    'epcListepc=https://id.gs1.org/01/06901234567892/21/S1' +
    'quantityListquantityElementepcClass=https://id.gs1.org/01/06901234567892/10/L1quantity=12.5uom=KGM' +
    'action=ADDbizStep=https://ref.gs1.org/cbv/BizStep-commissioning' +
    'persistentDispositionset=https://ref.gs1.org/cbv/Disp-active' +
    'sensorElementListsensorElementsensorReporttype=https://gs1.org/voc/Temperaturevalue=4.5uom=CEL' +
    'bizTransactionListbizTransaction=https://example.cn/po/1' +
    'destinationListtype=https://ref.gs1.org/cbv/SDT-locationdestination=https://id.gs1.org/414/6901230000027' +
    'ilmd{https://ns.example.cn/epcis/}grade=A' +
    'sourceListtype=https://ref.gs1.org/cbv/SDT-locationsource=https://id.gs1.org/414/6901230000010' +
    '{https://ns.example.cn/epcis/}crew=乙{https://ns.example.cn/epcis/}crew=甲' +
    '{https://ns.example.cn/epcis/}shiftend=18start=6'
  const event = {
    ...smallEvent(),
    action: 'ADD',
    certificationInfo: ['https://example.cn/c/2', 'https://example.cn/c/1'],
    quantityList: [{ epcClass: 'urn:epc:class:lgtin:690123.0456789.L1', quantity: 12.5, uom: 'KGM' }],
    bizStep: 'commissioning',
    persistentDisposition: { set: ['active'] },
    bizTransactionList: [{ bizTransaction: 'https://example.cn/po/1' }],
    sourceList: [{ type: 'location', source: 'urn:epc:id:sgln:690123.000001.0' }],
    destinationList: [{ type: 'location', destination: 'urn:epc:id:sgln:690123.000002.0' }],
    sensorElementList: [{ sensorReport: [{ type: 'Temperature', value: 4.5, uom: 'CEL' }] }],
    ilmd: { 'example:grade': 'A' },
    'example:crew': ['甲', '乙'],
    'example:shift': { start: 6, end: '18.00' },
  }
  const digest = createHash('sha256').update(text).digest('hex')
  assert.equal(hashOf(event), `ni:///sha-256;${digest}?ver=CBV2.0`)
})

test('a parent stands before the list of things, a compact URI in full, a coupon as its key, as the reference has them', () => {
  const base = { ...smallEvent(), epcList: ['urn:epc:id:sgcn:4012345.99999.44'], 'example:feature': 'example:lid' }
  const full = { ...base, epcList: ['https://id.gs1.org/255/401234599999044'], 'example:feature': `${ns}lid` }
  assert.equal(hashOf(full), hashOf(base))
  const list = [{ type: 'po', bizTransaction: 'urn:x:1' }]
  const sale = { ...smallEvent(), type: 'TransactionEvent', action: 'ADD', bizTransactionList: list }
  const text =
    'eventType=TransactionEventeventTime=2026-07-21T22:45:00.000ZeventTimeZoneOffset=+08:00' +
    'parentID=https://id.gs1.org/00/140123450000000037epcListepc=https://id.gs1.org/01/06901234567892/21/S1action=ADD' +
    'bizTransactionListtype=https://ref.gs1.org/cbv/BTT-pobizTransaction=urn:x:1'
  assert.equal(
    hashOf({ ...sale, parentID: 'urn:epc:id:sscc:4012345.1000000003' }),
    `ni:///sha-256;${createHash('sha256').update(text).digest('hex')}?ver=CBV2.0`,
  )
})

test('the rules of a single report count as well, once for each, beside an extension of the event', () => {
  const report = { type: 'Temperature', value: 4.5, uom: 'CEL' }
  const of = (sensorReport: object[]) => ({
    ...smallEvent(),
    sensorElementList: [{ sensorReport }],
    'example:crew': '甲',
  })
  const ruled = of([{ ...report, bizRules: 'urn:x:rule' }])
  const text =
    'eventType=ObjectEventeventTime=2026-07-21T22:45:00.000ZeventTimeZoneOffset=+08:00' +
    'epcListepc=https://id.gs1.org/01/06901234567892/21/S1action=OBSERVE' +
    'sensorElementListsensorElementsensorReporttype=https://gs1.org/voc/Temperaturevalue=4.5uom=CEL' +
    'sensorElementListsensorElementsensorReportbizRules=urn:x:rule{https://ns.example.cn/epcis/}crew=甲'
  assert.equal(hashOf(ruled), `ni:///sha-256;${createHash('sha256').update(text).digest('hex')}?ver=CBV2.0`)
  assert.notEqual(hashOf(of([report])), hashOf(ruled))
})

test('the same event has the same hash in URNs or Digital Links, in whatever order and form', () => {
  const hash = hashOf(fullEvent('ObjectEvent'))
  const same: [pointer: string, value: unknown][] = [
    ['/epcList', ['https://x.cn/01/6901234567892/21/S2', 'https://x.cn/01/06901234567892/10/L1/21/S1?15=261231']],
    ['/quantityList/0/epcClass', 'https://id.gs1.org/01/06901234567892/10/L1'],
    ['/readPoint/id', 'https://x.cn/414/6901230000010/254/7'],
    ['/sourceList/0/source', 'https://x.cn/417/6901230000010'],
    ['/eventTime', '2026-07-21T22:45:00Z'],
    ['/bizStep', 'urn:epcglobal:cbv:bizstep:commissioning'],
    ['/disposition', 'https://ref.gs1.org/cbv/Disp-active'],
    ['/bizTransactionList/0/type', 'cbv:BTT-po'],
    ['/sensorElementList/0/sensorReport/0/type', 'gs1:Temperature'],
    ['/sensorElementList/0/sensorReport/0/component', 'https://ref.gs1.org/cbv/Comp-altitude'],
    ['/eventID', 'urn:uuid:0198f3a0-0000-7000-8000-00000000000f'],
    ['/recordTime', '2026-08-01T00:00:00Z'],
    ['/errorDeclaration', remove],
    ['/rdfs:comment', '只是说明'],
    ['/example:shift', { crew: ['乙', '甲'], name: ' 早班 ' }],
  ]
  for (const [pointer, value] of same) {
    assert.equal(hashOf(change(fullEvent('ObjectEvent'), pointer, value)), hash, pointer)
  }
  const reversed = Object.fromEntries(Object.entries(fullEvent('ObjectEvent')).reverse())
  assert.equal(hashOf(reversed), hash)
})

test('the name of a prefix does not matter, only what it stands for', () => {
  const event = { ...smallEvent(), 'other:x': { 'other:y': '1.50' } }
  const other = [context[0], { other: 'https://ns.example.cn/epcis/' }]
  const full = { ...smallEvent(), 'https://ns.example.cn/epcis/x': { 'https://ns.example.cn/epcis/y': 1.5 } }
  assert.equal(hashOf(event, other), hashOf({ ...smallEvent(), 'example:x': { 'example:y': 1.5 } }))
  assert.equal(hashOf(full), hashOf(event, other))
})

/** A changed value for every field that takes part in the hash. */
const changes: Record<string, [pointer: string, value: unknown][]> = {
  all: [
    ['/eventTime', '2026-07-22T06:45:00.001+08:00'],
    ['/eventTimeZoneOffset', '+09:00'],
    ['/bizStep', 'packing'],
    ['/disposition', 'recalled'],
    ['/persistentDisposition/set', ['recalled']],
    ['/persistentDisposition/unset', remove],
    ['/readPoint/id', 'urn:epc:id:sgln:690123.000001.8'],
    ['/readPoint/example:door', '4'],
    ['/bizLocation/id', 'urn:epc:id:sgln:690123.000002.0'],
    ['/bizTransactionList/0/bizTransaction', 'urn:epcglobal:cbv:bt:6901230000010:2'],
    ['/bizTransactionList/0/type', 'inv'],
    ['/sourceList/0/source', 'urn:epc:id:pgln:690123.000003'],
    ['/sourceList/0/type', 'location'],
    ['/destinationList/0/destination', 'urn:epc:id:pgln:690123.000003'],
    ['/sensorElementList/0/example:probe', '边缘'],
    ['/sensorElementList/0/sensorMetadata/time', '2026-07-22T06:46:00+08:00'],
    ['/sensorElementList/0/sensorMetadata/bizRules', 'https://example.cn/rules/2'],
    ['/sensorElementList/0/sensorReport/0/value', 4.6],
    ['/sensorElementList/0/sensorReport/0/booleanValue', false],
    ['/sensorElementList/0/sensorReport/0/uom', 'FAH'],
    ['/example:shift', '晚班'],
    ['/example:shift', '007'],
  ],
  ObjectEvent: [
    ['/epcList', ['urn:epc:id:sgtin:690123.0456789.S1']],
    ['/quantityList/0/quantity', 12.6],
    ['/quantityList/0/uom', 'GRM'],
    ['/ilmd/example:grade', 'B'],
  ],
  AggregationEvent: [
    ['/parentID', 'urn:epc:id:sscc:690123.00000000002'],
    ['/childEPCs', []],
    ['/childQuantityList', []],
  ],
  TransactionEvent: [['/parentID', remove]],
  TransformationEvent: [
    ['/transformationID', remove],
    ['/inputEPCList', []],
    ['/inputQuantityList', []],
    ['/outputEPCList', []],
    ['/outputQuantityList', []],
    ['/ilmd', remove],
  ],
  AssociationEvent: [['/childEPCs/0', 'urn:epc:id:sgtin:690123.0456789.S9']],
}

test('every change of a field that takes part changes the hash', () => {
  for (const type of eventTypes) {
    const seen = new Map([[hashOf(fullEvent(type)), 'unchanged']])
    for (const [pointer, value] of [...(changes.all ?? []), ...(changes[type] ?? [])]) {
      const hash = hashOf(change(fullEvent(type), pointer, value))
      assert.equal(seen.get(hash), undefined, `${type} ${pointer} equals ${seen.get(hash)}`)
      seen.set(hash, pointer)
    }
  }
  assert.notEqual(hashOf({ ...smallEvent(), action: 'ADD' }), hashOf(smallEvent()))
  assert.notEqual(hashOf({ ...smallEvent(), 'example:lot': '7' }), hashOf({ ...smallEvent(), 'example:lot': '007' }))
})

test('a long text of zeros is hashed in no time', () => {
  const long = { ...smallEvent(), 'example:a': `1.${'0'.repeat(2_000_000)}x` }
  assert.ok(processorMs(() => hashOf(long)) < 500)
  assert.equal(hashOf({ ...smallEvent(), 'example:a': '10.00' }), hashOf({ ...smallEvent(), 'example:a': 10 }))
})

test('lists are sorted by code point, also beyond the basic plane', () => {
  const one = hashOf({ ...smallEvent(), 'example:a': ['😀', '，', 'a'] })
  const other = hashOf({ ...smallEvent(), 'example:a': ['a', '，', '😀'] })
  assert.equal(one, other)
})

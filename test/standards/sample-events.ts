/** Events of our own, one of each type with every standard field, for the tests of the codecs. */

export const context = [
  'https://ref.gs1.org/standards/epcis/epcis-context.jsonld',
  { example: 'https://ns.example.cn/epcis/' },
]

type Json = Record<string, unknown>

const common = {
  eventID: 'urn:uuid:0198f3a0-0000-7000-8000-000000000001',
  eventTime: '2026-07-22T06:45:00.000+08:00',
  recordTime: '2026-07-22T06:45:01.000+08:00',
  eventTimeZoneOffset: '+08:00',
  certificationInfo: ['https://example.cn/certificate/1'],
  errorDeclaration: {
    declarationTime: '2026-07-23T00:00:00Z',
    reason: 'incorrect_data',
    correctiveEventIDs: ['urn:uuid:0198f3a0-0000-7000-8000-000000000002'],
    'example:officer': '张三',
  },
  bizStep: 'commissioning',
  disposition: 'active',
  persistentDisposition: { set: ['completeness_verified'], unset: ['completeness_inferred'] },
  readPoint: { id: 'urn:epc:id:sgln:690123.000001.7', 'example:door': '3' },
  bizLocation: { id: 'urn:epc:id:sgln:690123.000001.0' },
  bizTransactionList: [{ type: 'po', bizTransaction: 'urn:epcglobal:cbv:bt:6901230000010:1' }],
  sourceList: [{ type: 'owning_party', source: 'urn:epc:id:pgln:690123.000001' }],
  destinationList: [{ type: 'possessing_party', destination: 'urn:epc:id:pgln:690123.000002' }],
  sensorElementList: [
    {
      sensorMetadata: {
        time: '2026-07-22T06:45:00+08:00',
        startTime: '2026-07-22T06:00:00+08:00',
        endTime: '2026-07-22T06:45:00+08:00',
        deviceID: 'urn:epc:id:giai:690123.111',
        deviceMetadata: 'https://example.cn/devices/111',
        rawData: 'https://example.cn/raw/111',
        dataProcessingMethod: 'https://example.cn/methods/1',
        bizRules: 'https://example.cn/rules/1',
      },
      sensorReport: [
        {
          type: 'Temperature',
          exception: 'ALARM_CONDITION',
          deviceID: 'urn:epc:id:giai:690123.111',
          deviceMetadata: 'https://example.cn/devices/111',
          rawData: 'https://example.cn/raw/111',
          dataProcessingMethod: 'https://example.cn/methods/1',
          bizRules: 'https://example.cn/rules/1',
          time: '2026-07-22T06:45:00+08:00',
          microorganism: 'https://example.cn/taxonomy/1',
          chemicalSubstance: 'https://example.cn/substance/1',
          coordinateReferenceSystem: 'https://example.cn/crs/84',
          component: 'altitude',
          value: 4.5,
          stringValue: '冷',
          booleanValue: true,
          hexBinaryValue: 'f0F0',
          uriValue: 'https://example.cn/value/1',
          minValue: 4,
          maxValue: 5,
          meanValue: 4.4,
          sDev: 0.1,
          percRank: 50,
          percValue: 4.5,
          uom: 'CEL',
        },
      ],
      'example:probe': '中心',
    },
  ],
  'example:shift': { name: '早班', crew: ['甲', '乙'] },
}

const serial = 'urn:epc:id:sgtin:690123.0456789.S1'
const secondSerial = 'urn:epc:id:sgtin:690123.0456789.S2'
const lot = { epcClass: 'urn:epc:class:lgtin:690123.0456789.L1', quantity: 12.5, uom: 'KGM' }
const crate = 'urn:epc:id:sscc:690123.00000000001'

/** A fresh copy of the fullest valid event of a type. */
export function fullEvent(type: string): Json {
  const fields: Record<string, Json> = {
    ObjectEvent: {
      action: 'ADD',
      epcList: [serial, secondSerial],
      quantityList: [lot],
      ilmd: { 'example:grade': 'A' },
    },
    AggregationEvent: { action: 'ADD', parentID: crate, childEPCs: [serial], childQuantityList: [lot] },
    TransactionEvent: { action: 'ADD', parentID: crate, epcList: [serial], quantityList: [lot] },
    TransformationEvent: {
      transformationID: 'urn:epc:id:gdti:690123.000001.T1',
      inputEPCList: [serial],
      inputQuantityList: [lot],
      outputEPCList: [secondSerial],
      outputQuantityList: [{ epcClass: 'urn:epc:class:lgtin:690123.0456789.L2', quantity: 10, uom: 'KGM' }],
      ilmd: { 'example:grade': 'A' },
    },
    AssociationEvent: { action: 'ADD', parentID: crate, childEPCs: [serial], childQuantityList: [lot] },
  }
  return structuredClone({ type, ...common, ...fields[type] })
}

export const eventTypes = [
  'ObjectEvent',
  'AggregationEvent',
  'TransactionEvent',
  'TransformationEvent',
  'AssociationEvent',
]

/** The smallest valid event: a lot observed. */
export function smallEvent(): Json {
  return {
    type: 'ObjectEvent',
    eventTime: '2026-07-22T06:45:00.000+08:00',
    eventTimeZoneOffset: '+08:00',
    action: 'OBSERVE',
    epcList: [serial],
  }
}

/** A document around events. */
export function documentOf(...events: unknown[]): Json {
  return {
    '@context': structuredClone(context),
    type: 'EPCISDocument',
    schemaVersion: '2.0',
    creationDate: '2026-07-22T08:00:00+08:00',
    epcisBody: { eventList: events },
  }
}

/** Sets the value at a JSON pointer of an object; `remove` takes the field away. */
export const remove = Symbol('remove')
export function change(target: Json, pointer: string, value: unknown): Json {
  const names = pointer.slice(1).split('/')
  const last = names.pop() ?? ''
  let place: Json = target
  for (const name of names) place = place[name] as Json
  if (value === remove) delete place[last]
  else place[last] = value
  return target
}

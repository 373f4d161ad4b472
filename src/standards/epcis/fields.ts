import {
  anyExtension,
  boolean,
  type Check,
  decimal,
  extensionsOnly,
  identifier,
  like,
  list,
  object,
  oneOrList,
  quantity,
  type Table,
  term,
  text,
  time,
  uri,
  uriOfBinding,
  zoneOffset,
} from './checks.ts'
import { isRecord, type Run, report } from './run.ts'
import type { EventType } from './types.ts'
import {
  alertTypes,
  bizSteps,
  components,
  dispositions,
  errorReasons,
  measurementTypes,
  sourceDestinationTypes,
  transactionTypes,
} from './vocabulary.ts'

/** Fields of EPCIS 2.0 events (EPCIS 2.0, sections 7.3 and 7.4), one table an event type, written from the standard. */

type Rule = NonNullable<Table['rules']>[number]

const open = (title: string, fields: Record<string, Check>, required: readonly string[] = []): Table => ({
  title,
  fields: new Map(Object.entries(fields)),
  required,
  extensible: true,
})

const closed = (title: string, fields: Record<string, Check>, required: readonly string[] = []): Table => ({
  ...open(title, fields, required),
  extensible: false,
})

const anyContext: Check = () => {
  // Read before the fields, because it declares their prefixes.
}

const epcs = list(identifier, { unique: true })

const quantityElement: Table = {
  ...closed(
    '数量项（quantityElement）',
    { epcClass: identifier, quantity, uom: like(/^[A-Z0-9]{2,3}$/, 'uom', '应为联合国计量单位代码，如 KGM') },
    ['epcClass'],
  ),
  rules: [
    (value, at, run) => {
      if ('uom' in value && !('quantity' in value)) {
        report(run, 'missing', '数量项写了计量单位（uom），就要写数量（quantity）', `${at}/quantity`)
      }
    },
  ],
}
const quantities = list(object(quantityElement))

const place = object(open('地点', { id: identifier }, ['id']))

const transaction = object(
  closed('业务单据（bizTransaction）', { type: term(transactionTypes), bizTransaction: identifier }, [
    'bizTransaction',
  ]),
)
const source = object(
  closed('来源（source）', { type: term(sourceDestinationTypes), source: identifier }, ['type', 'source']),
)
const destination = object(
  closed('去向（destination）', { type: term(sourceDestinationTypes), destination: identifier }, [
    'type',
    'destination',
  ]),
)

const dispositionSet = list(term(dispositions), { min: 1, unique: true })
const persistentDisposition = object({
  ...closed('持续状态（persistentDisposition）', { set: dispositionSet, unset: dispositionSet }),
  rules: [
    (value, at, run) => {
      if (!('set' in value || 'unset' in value)) {
        report(run, 'missing', '持续状态（persistentDisposition）至少要有 set 或 unset', at)
      }
    },
  ],
})

const sensorMetadata = object(
  open('传感元数据（sensorMetadata）', {
    time,
    startTime: time,
    endTime: time,
    deviceID: uri,
    deviceMetadata: uri,
    rawData: uri,
    dataProcessingMethod: uri,
    bizRules: uri,
  }),
)

/** XML Schema does not ask for the type of a report. */
const typeInJson: Rule = (value, at, run) => {
  if (run.binding === 'json' && !('type' in value)) {
    report(run, 'missing', '传感读数（sensorReport）缺少必填字段：类型（type）', `${at}/type`)
  }
}

const sensorReport = object({
  ...open('传感读数（sensorReport）', {
    type: term(measurementTypes),
    exception: term(alertTypes),
    deviceID: uri,
    deviceMetadata: uri,
    rawData: uri,
    dataProcessingMethod: uri,
    bizRules: uri,
    time,
    microorganism: uri,
    chemicalSubstance: uri,
    coordinateReferenceSystem: uri,
    component: term(components),
    value: decimal,
    stringValue: text,
    booleanValue: boolean,
    hexBinaryValue: like(/^[0-9A-Fa-f]+$/, 'hex', '应为十六进制数字'),
    uriValue: uri,
    minValue: decimal,
    maxValue: decimal,
    meanValue: decimal,
    sDev: decimal,
    percRank: decimal,
    percValue: decimal,
    uom: text,
  }),
  rules: [typeInJson],
})

const sensorElement = object(
  open('传感数据（sensorElement）', { sensorMetadata, sensorReport: list(sensorReport, { min: 1 }) }, ['sensorReport']),
)

const errorDeclaration = object(
  open(
    '错误声明（errorDeclaration）',
    { declarationTime: time, reason: term(errorReasons), correctiveEventIDs: list(identifier) },
    ['declarationTime'],
  ),
)

const common: Record<string, Check> = {
  '@context': anyContext,
  type: text,
  eventID: identifier,
  eventTime: time,
  recordTime: time,
  eventTimeZoneOffset: zoneOffset,
  certificationInfo: oneOrList(uriOfBinding),
  errorDeclaration,
  bizStep: term(bizSteps),
  disposition: term(dispositions),
  persistentDisposition,
  readPoint: place,
  bizLocation: place,
  bizTransactionList: list(transaction),
  sourceList: list(source),
  destinationList: list(destination),
  sensorElementList: list(sensorElement),
}
const commonRequired = ['type', 'eventTime', 'eventTimeZoneOffset']

const action = like(/^(?:OBSERVE|ADD|DELETE)$/, 'action', '只能是 OBSERVE、ADD 或 DELETE')

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0
}

const objectHasThings: Rule = (event, at, run) => {
  if (isFilled(event.epcList) || isFilled(event.quantityList)) return
  if (isFilled(event.sensorElementList) && isRecord(event.readPoint)) return
  const rule = '物品列表（epcList）和数量列表（quantityList）不能都空；只有传感数据时要写读取点（readPoint）'
  report(run, 'no-things', `物品事件的${rule}`, `${at}/epcList`)
}

/** Documents of EPCIS 1.x with ilmd in observations are in circulation; nothing is lost by taking them. */
const ilmdOnlyOnAdd: Rule = (event, at, run) => {
  if (run.binding !== 'xml-1.x' && 'ilmd' in event && event.action !== 'ADD') {
    report(run, 'ilmd-action', '实例或批次主数据（ilmd）只能用于动作（action）为 ADD 的物品事件', `${at}/ilmd`)
  }
}

const parentUnlessObserve: Rule = (event, at, run) => {
  if (event.action !== 'OBSERVE' && !('parentID' in event)) {
    report(run, 'missing', '聚合事件的动作为 ADD 或 DELETE 时，缺少必填字段：上级标识（parentID）', `${at}/parentID`)
  }
}

const childrenUnlessDelete: Rule = (event, at, run) => {
  if (event.action === 'DELETE' || isFilled(event.childEPCs) || isFilled(event.childQuantityList)) return
  const rule = '的动作不是 DELETE 时，下级物品列表（childEPCs）和下级数量列表（childQuantityList）不能都空'
  const what = event.type === 'AssociationEvent' ? '关联事件' : '聚合事件'
  report(run, 'no-things', `${what}${rule}`, `${at}/childEPCs`)
}

const transactionHasThings: Rule = (event, at, run) => {
  if (event.action === 'DELETE' || isFilled(event.epcList) || isFilled(event.quantityList)) return
  if ('parentID' in event) return
  const rule = '上级标识（parentID）、物品列表（epcList）和数量列表（quantityList）不能都空'
  report(run, 'no-things', `交易事件的动作不是 DELETE 时，${rule}`, `${at}/epcList`)
}

const transformationHasBothSides: Rule = (event, at, run) => {
  const inputs = isFilled(event.inputEPCList) || isFilled(event.inputQuantityList)
  const outputs = isFilled(event.outputEPCList) || isFilled(event.outputQuantityList)
  if (inputs && outputs) return
  // Parts of one transformation may be told in several events that share a transformationID.
  if ('transformationID' in event && (inputs || outputs)) return
  const missing = inputs ? '产出（outputEPCList 或 outputQuantityList）' : '投入（inputEPCList 或 inputQuantityList）'
  const text = `转化事件没有${missing}；只写一边时要有转化编号（transformationID）`
  report(run, 'no-things', text, `${at}/${inputs ? 'outputEPCList' : 'inputEPCList'}`)
}

function eventTable(
  title: string,
  fields: Record<string, Check>,
  required: readonly string[],
  rules: readonly Rule[],
): Table {
  return { ...open(title, { ...common, ...fields }, [...commonRequired, ...required]), rules }
}

export const eventTables: Readonly<Record<EventType, Table>> = {
  ObjectEvent: eventTable(
    '物品事件（ObjectEvent）',
    { action, epcList: epcs, quantityList: quantities, ilmd: extensionsOnly },
    ['action'],
    [objectHasThings, ilmdOnlyOnAdd],
  ),
  AggregationEvent: eventTable(
    '聚合事件（AggregationEvent）',
    { action, parentID: identifier, childEPCs: epcs, childQuantityList: quantities },
    ['action'],
    [parentUnlessObserve, childrenUnlessDelete],
  ),
  TransactionEvent: eventTable(
    '交易事件（TransactionEvent）',
    {
      action,
      parentID: identifier,
      epcList: epcs,
      quantityList: quantities,
      bizTransactionList: list(transaction, { min: 1 }),
    },
    ['action', 'bizTransactionList'],
    [transactionHasThings],
  ),
  TransformationEvent: eventTable(
    '转化事件（TransformationEvent）',
    {
      transformationID: identifier,
      inputEPCList: epcs,
      inputQuantityList: quantities,
      outputEPCList: epcs,
      outputQuantityList: quantities,
      ilmd: extensionsOnly,
    },
    [],
    [transformationHasBothSides],
  ),
  AssociationEvent: eventTable(
    '关联事件（AssociationEvent）',
    { action, parentID: identifier, childEPCs: epcs, childQuantityList: quantities },
    ['action', 'parentID'],
    [childrenUnlessDelete],
  ),
}

/** True for the name of one of the five event types. */
export function isEventType(type: unknown): type is EventType {
  return typeof type === 'string' && Object.hasOwn(eventTables, type)
}

/** Checks that a document is made of: everything around the events. */
const vocabularyElement = object(
  open(
    '主数据项',
    {
      id: uri,
      attributes: list(object(open('主数据属性', { id: uri, attribute: anyExtension }, ['id']))),
      children: list(uri),
    },
    ['id'],
  ),
)
const vocabularies = list(
  object(open('主数据词表', { type: uri, vocabularyElementList: list(vocabularyElement) }, ['type'])),
)
const header = object(
  open('文档头（epcisHeader）', { epcisMasterData: object(open('主数据', { vocabularyList: vocabularies })) }),
)

const schemaVersion = like(/^2(?:\.\d+){0,2}$/, 'schema-version', '应为 2.0 一类的 EPCIS 2 版本号')

/** Event lists are read by the parser itself, with their own limits. */
const readApart: Check = (_value: unknown, _at: string, _name: string, _run: Run) => {
  // Nothing here.
}

export const documentTable = open(
  'EPCIS 文档',
  {
    '@context': anyContext,
    id: uri,
    type: text,
    schemaVersion,
    creationDate: time,
    instanceIdentifier: text,
    sender: text,
    receiver: text,
    epcisHeader: header,
    epcisBody: object(closed('文档正文（epcisBody）', { eventList: readApart }, ['eventList'])),
  },
  ['@context', 'type', 'schemaVersion', 'creationDate', 'epcisBody'],
)

export const queryDocumentTable = open(
  'EPCIS 查询文档',
  {
    '@context': anyContext,
    id: uri,
    type: text,
    schemaVersion,
    creationDate: time,
    epcisBody: object(
      open(
        '文档正文（epcisBody）',
        {
          queryResults: object(
            open(
              '查询结果（queryResults）',
              {
                queryName: text,
                subscriptionID: text,
                resultsBody: object(
                  open('结果正文（resultsBody）', { eventList: readApart, vocabularyList: vocabularies }, [
                    'eventList',
                  ]),
                ),
              },
              ['queryName', 'resultsBody'],
            ),
          ),
        },
        ['queryResults'],
      ),
    ),
  },
  ['@context', 'type', 'epcisBody'],
)

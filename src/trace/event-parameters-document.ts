import { canonicalKey } from '../standards/digital-link/index.ts'
import { standardPrefixes } from '../standards/epcis/context.ts'
import {
  dispositions,
  errorReasons,
  measurementTypes,
  readTerm,
  type Vocabulary,
} from '../standards/epcis/vocabulary.ts'
import { convert } from '../standards/units.ts'
import {
  compares,
  type DocumentFilter,
  type DocumentTest,
  fieldName,
  fieldValues,
  innerValues,
  isObject,
  type Json,
  type Operator,
  objects,
  scalar,
} from './events-filter.ts'

type Prefixes = ReadonlyMap<string, string>

/** Reports of sensors, and what is said of all reports of an element. */
const reportsOf = (event: Json) => objects(event.sensorElementList).flatMap((element) => objects(element.sensorReport))
const metadataOf = (event: Json) =>
  objects(event.sensorElementList).flatMap((element) => objects(element.sensorMetadata))

/** Attributes of sensor elements that are compared as texts. */
const attributes: ReadonlySet<string> = new Set([
  'deviceID',
  'dataProcessingMethod',
  'microorganism',
  'chemicalSubstance',
  'bizRules',
  'stringValue',
  'booleanValue',
  'hexBinaryValue',
  'uriValue',
])

/** Where the extensions of each part of an event stand. */
const parts: Readonly<Record<string, { hint?: string; of: (event: Json) => Json[] }>> = {
  '': { of: (event) => [event] },
  ILMD_: { hint: 'ilmd', of: (event) => objects(event.ilmd) },
  ERROR_DECLARATION_: { hint: 'errorDeclaration', of: (event) => objects(event.errorDeclaration) },
  SENSORELEMENT_: { hint: 'sensorElementList', of: (event) => objects(event.sensorElementList) },
  SENSORMETADATA_: { hint: 'sensorMetadata', of: metadataOf },
  SENSORREPORT_: { hint: 'sensorReport', of: reportsOf },
  readPoint_: { hint: 'readPoint', of: (event) => objects(event.readPoint) },
  bizLocation_: { hint: 'bizLocation', of: (event) => objects(event.bizLocation) },
}

const extension =
  /^(EQ|GT|GE|LT|LE|EXISTS)_(INNER_)?(ILMD_|ERROR_DECLARATION_|SENSORELEMENT_|SENSORMETADATA_|SENSORREPORT_|readPoint_|bizLocation_)?(.+)$/
const measured = /^(EQ|GT|GE|LT|LE)_(value|minValue|maxValue|meanValue|sDev|percValue|percRank)(?:_([A-Z0-9]{2,4}))?$/
const timed = /^(GE|LT)_(time|startTime|endTime)$/
const declaredAt = /^(GE|LT)_errorDeclaration_?Time$/

/** What a parameter's values must be. */
export type ValueKind = 'text' | 'number' | 'time' | 'flag' | 'boolean' | 'comparable'

type Parameter = {
  kind: ValueKind
  /** Where its values are words: of which vocabulary. */
  vocabulary?: Vocabulary
  add: (filter: DocumentFilter, values: readonly string[]) => void
}

/**
 * A condition that only the document can answer, by the parameter's name (EPCIS 2.0, 8.2.7.1, and query-schema.json):
 * the values it takes, and how it narrows a filter. Undefined where there is no such parameter.
 */
export function documentParameter(name: string, declared: Prefixes): Parameter | undefined {
  return (
    sensorParameter(name) ??
    declarationParameter(name) ??
    dispositionParameter(name) ??
    extensionParameter(name, declared)
  )
}

const word = (vocabulary: Vocabulary, value: unknown, prefixes: Prefixes) =>
  typeof value === 'string' ? (readTerm(vocabulary, value, prefixes) ?? value) : undefined

function tests(hints: readonly string[], testOf: (values: readonly string[]) => DocumentTest) {
  return (filter: DocumentFilter, values: readonly string[]) => {
    filter.hints.push(...hints.map((hint) => `"${hint}"`))
    filter.tests.push(testOf(values))
  }
}

function sensorParameter(name: string): Parameter | undefined {
  const hint = ['sensorElementList']
  if (name === 'EXISTS_sensorElementList') {
    return { kind: 'flag', add: tests(hint, () => (event) => objects(event.sensorElementList).length > 0) }
  }
  if (name === 'EQ_type') {
    return {
      kind: 'text',
      vocabulary: measurementTypes,
      add: tests(hint, (values) => {
        const wanted = values.map((value) => word(measurementTypes, value, standardPrefixes))
        return (event, prefixes) =>
          reportsOf(event).some((report) => wanted.includes(word(measurementTypes, report.type, prefixes)))
      }),
    }
  }
  const attribute = name.startsWith('EQ_') ? name.slice(3) : ''
  if (attributes.has(attribute)) {
    return {
      kind: attribute === 'booleanValue' ? 'boolean' : 'text',
      add: tests(
        [...hint, attribute],
        (values) => (event) =>
          [...reportsOf(event), ...metadataOf(event)].some((one) => {
            const value = one[attribute]
            return value !== undefined && values.some((wanted) => isSameText(attribute, String(value), wanted))
          }),
      ),
    }
  }
  const [, operator, field, uom] = measured.exec(name) ?? []
  if (operator && field) {
    return {
      kind: 'number',
      add: tests(
        [...hint, field],
        (values) => (event) =>
          reportsOf(event).some((report) => {
            const measured = uom === undefined ? report[field] : inUnit(report, field, uom)
            return values.some((value) => compares(operator as Operator, measured, value))
          }),
      ),
    }
  }
  const [, bound, time] = timed.exec(name) ?? []
  if (!bound || !time) return undefined
  return {
    kind: 'time',
    add: tests(
      [...hint, time],
      (values) => (event) =>
        [...reportsOf(event), ...metadataOf(event)].some((one) =>
          values.some((value) => compares(bound as Operator, one[time], value)),
        ),
    ),
  }
}

/** A device is one thing, as an EPC URN and as a Digital Link. */
function isSameText(attribute: string, value: string, wanted: string): boolean {
  if (value === wanted) return true
  if (attribute === 'deviceID') return canonicalKey(value).key === canonicalKey(wanted).key
  // The same octets in capital letters and in small ones (xsd:hexBinary).
  return attribute === 'hexBinaryValue' && value.toLowerCase() === wanted.toLowerCase()
}

/** A reported value in the unit that is asked for; undefined where it measures something else. */
function inUnit(report: Json, field: string, uom: string): unknown {
  const given = field === 'percValue' ? (report.percUom ?? report.uom) : report.uom
  if (given === uom) return report[field]
  const value = scalar(report[field])
  return typeof value === 'number' && typeof given === 'string' ? convert(value, given, uom) : undefined
}

function declarationParameter(name: string): Parameter | undefined {
  const hint = ['errorDeclaration']
  const of = (event: Json) => (isObject(event.errorDeclaration) ? event.errorDeclaration : {})
  const bound = declaredAt.exec(name)?.[1]
  if (bound) {
    return {
      kind: 'time',
      add: tests(
        hint,
        (values) => (event) => values.some((value) => compares(bound as Operator, of(event).declarationTime, value)),
      ),
    }
  }
  if (name === 'EQ_errorReason') {
    return {
      kind: 'text',
      vocabulary: errorReasons,
      add: tests(hint, (values) => {
        const wanted = values.map((value) => word(errorReasons, value, standardPrefixes))
        return (event, prefixes) => {
          const reason = word(errorReasons, of(event).reason, prefixes)
          return reason !== undefined && wanted.includes(reason)
        }
      }),
    }
  }
  if (name !== 'EQ_correctiveEventID') return undefined
  return {
    kind: 'text',
    add: tests(
      [...hint, 'correctiveEventIDs'],
      (values) => (event) =>
        [of(event).correctiveEventIDs].flat().some((id) => typeof id === 'string' && values.includes(id)),
    ),
  }
}

function dispositionParameter(name: string): Parameter | undefined {
  const [, side] = /^EQ_persistentDisposition_(set|unset)$/.exec(name) ?? []
  if (!side) return undefined
  return {
    kind: 'text',
    vocabulary: dispositions,
    add: tests(['persistentDisposition'], (values) => {
      const wanted = values.map((value) => word(dispositions, value, standardPrefixes))
      return (event, prefixes) =>
        objects(event.persistentDisposition).some((one) =>
          [one[side]]
            .flat()
            .some((value) => value !== undefined && wanted.includes(word(dispositions, value, prefixes))),
        )
    }),
  }
}

function extensionParameter(name: string, declared: Prefixes): Parameter | undefined {
  const [, operator, inner, place = '', field = ''] = extension.exec(name) ?? []
  const part = parts[place]
  if (!operator || !part || !/^[^\s:]+:\S+$/.test(field)) return undefined
  const isWanted = fieldName(field, declared)
  const read = inner ? innerValues : fieldValues
  const found = (event: Json, prefixes: Prefixes) => part.of(event).flatMap((one) => read(one, isWanted, prefixes))
  const hints = part.hint ? [part.hint] : []
  if (operator === 'EXISTS') {
    return { kind: 'flag', add: tests(hints, () => (event, prefixes) => found(event, prefixes).length > 0) }
  }
  return {
    kind: operator === 'EQ' ? 'text' : 'comparable',
    add: tests(
      hints,
      (values) => (event, prefixes) =>
        found(event, prefixes).some((value) => values.some((one) => compares(operator as Operator, value, one))),
    ),
  }
}

/** The value by which an event is sorted under an extension field; undefined where it has none. */
export function sortValue(field: string, declared: Prefixes) {
  const isWanted = fieldName(field, declared)
  return (event: Json, prefixes: Prefixes) => scalar(fieldValues(event, isWanted, prefixes)[0])
}

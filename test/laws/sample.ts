import { type Field, type Fields, type Kind, uniqueFields } from '../../src/language/index.ts'
import { sampleFile } from '../files.ts'
import { gln, uscc } from '../people.ts'

/** Valid codes of each table, made up but with right check digits. */
const codes: Record<string, string[]> = {
  uscc: ['91450200MA5KEXAMP8', '91350200MA2YJ1XR9G', '91350200776049653A'],
  'food-licence': ['SC11464010500015'],
  region: ['450204'],
  gtin: ['06901234567892'],
  'food-class': ['07'],
  'resident-id': ['11010519491231002X'],
  gln: ['6901234000009'],
  'device-model': ['FREEZER'],
}

export type References = Readonly<Record<string, string>>

function valueFor(field: Field, references: References): unknown {
  switch (field.type) {
    case 'text':
      return ['示例A1', 'L20261102-1', '0772-2860000', 'C1439'].find(
        (text) => !field.pattern || new RegExp(field.pattern.matches, 'u').test(text),
      )
    case 'number':
      return field.min ?? 1
    case 'quantity':
      return { value: field.max ? (field.min ?? '1') : '200', unit: field.units[0] }
    case 'day':
      return '2026-11-02'
    case 'instant':
      return '2026-11-02T07:20:00.000Z'
    case 'choice':
      return Object.keys(field.options)[0]
    case 'code':
      return codes[field.table]?.[0]
    case 'reference':
      return references[field.to]
    case 'place':
      return { lng: 109.411703, lat: 24.314617 }
    case 'photo':
      return [sampleFile]
    case 'lines':
      return [sampleFields(field.fields, references), sampleFields(field.fields, references)]
    case 'money':
      return 1280
    case 'file':
      return [{ sha256: sampleFile, name: '示例.pdf' }]
    case 'signature':
      return { name: '示例人', at: '2026-11-02T07:20:00.000Z', image: sampleFile }
    case 'validity':
      return { from: '2026-01-01', until: '2026-12-31' }
    case 'snapshot':
    case 'documentNumber':
      return undefined
  }
}

/** A valid value for every field that users fill in. */
export function sampleFields(fields: Fields, references: References): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      // What needs a person's consent comes after the record, when there is one.
      .filter(([, field]) => !field.derived && !field.consent)
      .map(([name, field]) => [name, valueFor(field, references)]),
  )
}

/** Where a kind's own rules ask for more than its fields say. */
const own: Readonly<Record<string, Record<string, unknown>>> = {
  'retained-sample': { disposedAt: undefined, disposer: undefined },
  inspection: { secondInspector: '示例乙' },
  'sampling-test': { retestLaboratory: '示例复检机构' },
  'data-destruction': { operator: '示例执行人' },
  'system-upgrade': { operator: '示例实施人' },
  'field-device': { calibrationDue: '2027-11-02' },
}

let serial = 0

const checked = (body: string): string => {
  const sum = [...body].reverse().reduce((total, digit, i) => total + Number(digit) * (i % 2 === 0 ? 3 : 1), 0)
  return body + String((10 - (sum % 10)) % 10)
}

/** A value that no other record has. */
function uniqueValue(kind: Kind, name: string): unknown {
  const field = kind.fields[name]
  const number = String(++serial).padStart(6, '0')
  if (field?.type !== 'code') return `U-${number}`
  if (field.table === 'gln') return gln(500_000 + serial)
  return field.table === 'gtin' ? checked(`0690998${number}`) : uscc(500_000 + serial)
}

/** What others refer to by its name has a name of its own: two of one name can only be told apart by their ids. */
function ownName(kind: Kind): Record<string, unknown> {
  const [name = ''] = kind.titleFields
  const field = kind.fields[name]
  const isReferred = Object.values(kind.grants).some((verbs) => verbs.includes('refer'))
  const isClosed = field?.class === 'personal' || field?.class === 'secret'
  return isReferred && field?.type === 'text' && !field.pattern && !isClosed ? { [name]: `示例A${++serial}` } : {}
}

/** A valid record of a kind. */
export function sample(kind: Kind, references: References): Record<string, unknown> {
  const unique = Object.fromEntries(uniqueFields(kind).map((name) => [name, uniqueValue(kind, name)]))
  return JSON.parse(
    JSON.stringify({ ...sampleFields(kind.fields, references), ...ownName(kind), ...unique, ...own[kind.name] }),
  )
}

export type BadValue = { value: unknown; why: string; at?: string }

/** Values that each field must refuse, from its declaration alone. */
export function badValues(field: Field): BadValue[] {
  if (field.derived) return [{ value: 'x', why: 'derived' }]
  const wrongTypes = [{ value: true, why: 'a boolean' }]
  switch (field.type) {
    case 'text':
      return [
        ...wrongTypes,
        { value: 12, why: 'a number' },
        { value: '长'.repeat((field.max ?? 200) + 1), why: 'too long' },
        { value: 'a\u0000b', why: 'a NUL character' },
        { value: '\ud800', why: 'half a character' },
        ...(field.pattern ? [{ value: '？？', why: 'outside its pattern' }] : []),
      ]
    case 'number':
      return [
        ...wrongTypes,
        { value: 1.5, why: 'a fraction' },
        { value: '7', why: 'a text' },
        { value: (field.min ?? 0) - 1, why: 'too small' },
        { value: field.max === undefined ? 2 ** 60 : field.max + 1, why: 'too large' },
      ]
    case 'quantity':
      return [
        { ...wrongTypes[0], value: true, why: 'a boolean', at: '/value' },
        { value: { value: 'NaN', unit: field.units[0] }, why: 'not a number', at: '/value' },
        { value: { value: '1.1234567', unit: field.units[0] }, why: 'seven decimals', at: '/value' },
        { value: { value: '1', unit: 'XYZ' }, why: 'an unknown unit', at: '/unit' },
        { value: { value: '1e3', unit: field.units[0] }, why: 'an exponent', at: '/value' },
        { value: { value: '-999999999999', unit: field.units[0] }, why: 'too small', at: '/value' },
      ]
    case 'day':
      return [...wrongTypes, { value: '2026-02-30', why: 'no such day' }, { value: '20261-01-01', why: 'year 20261' }]
    case 'instant':
      return [
        ...wrongTypes,
        { value: '2026-11-02T07:20:00', why: 'no offset' },
        { value: '2026-13-02T07:20:00Z', why: 'month 13' },
        { value: '20261-11-02T07:20:00Z', why: 'year 20261' },
      ]
    case 'choice':
      return [...wrongTypes, { value: 'constructor', why: 'no option' }, { value: '', why: 'empty' }].slice(0, 2)
    case 'code':
      return [...wrongTypes, { value: '!!', why: 'no code' }, { value: '1'.repeat(41), why: 'too long' }]
    case 'reference':
      return [
        ...wrongTypes,
        { value: 'abc', why: 'no id' },
        { value: '01920000-0000-7000-8000-000000000000', why: 'leads nowhere' },
      ]
    case 'place':
      return [
        ...wrongTypes,
        { value: { lng: 181, lat: 0 }, why: 'beyond the globe' },
        { value: { lng: '1', lat: 1 }, why: 'texts' },
      ]
    case 'photo':
      return [
        ...wrongTypes,
        { value: ['xyz'], why: 'no hash', at: '/0' },
        { value: Array(100).fill('a'.repeat(64)), why: 'too many' },
      ]
    case 'lines':
      return [
        ...wrongTypes,
        { value: Array((field.max ?? 500) + 1).fill({}), why: 'too many lines' },
        {
          value: [{}],
          why: 'an empty line',
          at: `/0/${Object.entries(field.fields).find(([, f]) => f.required)?.[0]}`,
        },
      ]
    case 'money':
      return [
        ...wrongTypes,
        { value: 12.5, why: 'half a fen' },
        { value: '12.80', why: 'a text' },
        { value: -1, why: 'negative' },
        { value: 2 ** 52, why: 'too much' },
      ]
    case 'file':
      return [
        ...wrongTypes,
        { value: [{ sha256: 'b'.repeat(64), name: '../x' }], why: 'a path', at: '/0' },
        { value: [{ name: 'x' }], why: 'no hash', at: '/0' },
        { value: Array(100).fill({ sha256: 'b'.repeat(64), name: 'x' }), why: 'too many' },
      ]
    case 'signature':
      return [
        { value: true, why: 'a boolean', at: '/name' },
        { value: { name: 'x', at: '2026-11-02T07:20:00Z', image: 'zz' }, why: 'no picture', at: '/image' },
        { value: { name: 'x', at: 'today', image: 'c'.repeat(64) }, why: 'no time', at: '/at' },
      ]
    case 'validity':
      return [
        { value: true, why: 'a boolean', at: '/from' },
        { value: { from: '2026-02-30' }, why: 'no such day', at: '/from' },
        { value: { from: '2026-02-01', until: '2026-01-01' }, why: 'ends before it begins', at: '/until' },
      ]
  }
}

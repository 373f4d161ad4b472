import type { Field } from '../fields/index.ts'
import type { QuantityField, Unit } from '../fields/quantity.ts'
import { convertible, unitFacts } from '../units.ts'
import type { Source } from './source.ts'

/** The kind of value that an operand has. */
export type ValueType =
  /** `unit`: a bare figure of the law that is an amount where it meets one. */
  | { is: 'number'; word?: string; unit?: Unit }
  | { is: 'amount'; unit: Unit; units: readonly Unit[] }
  | { is: 'money' | 'day' | 'instant' | 'text' }
  | { is: 'option' | 'code' | 'reference'; field: Field }
  /** A value that takes the type of what it is compared with. */
  | { is: 'given'; value: string | number; unit?: string }

/** What a statement is made with. */
export type To = {
  /** The place of a value, bound and never written into the text. */
  bind(value: unknown): string
  /** The legal day in Asia/Shanghai, and the moment. */
  today: string
  now: Date
  /** `few`: some rows by id; `all`: the whole table, where a set is made once. */
  mode: 'few' | 'all'
}

export type Made = { type: ValueType; words: string; sql(to: To, unit?: Unit): string }

/** Where names are looked up: a row of a table, or a line within it. */
export type Scope = { row: string; fields: Source['fields']; source: Source; isLine: boolean }

export const typeWords: Readonly<Record<ValueType['is'], string>> = {
  number: '数字',
  amount: '数量',
  money: '金额',
  day: '日期',
  instant: '时间',
  text: '文字',
  option: '选项',
  code: '代码',
  reference: '引用',
  given: '值',
}

/** The type of a field's value; undefined where it has none that can be compared. */
export function typeOfField(field: Field): ValueType | undefined {
  switch (field.type) {
    case 'number':
      return { is: 'number' }
    case 'quantity':
      return { is: 'amount', unit: field.units[0], units: field.units }
    case 'money':
    case 'day':
    case 'instant':
    case 'text':
      return { is: field.type }
    case 'documentNumber':
      return { is: 'text' }
    case 'choice':
      return { is: 'option', field }
    case 'code':
    case 'reference':
      return { is: field.type, field }
    default:
      return undefined
  }
}

/** An amount's SQL in one unit: null where its own unit does not convert. */
export function amountIn(field: QuantityField, value: string, unitSql: string, unit: Unit): string {
  const cases = field.units
    .filter((each) => convertible(each, unit))
    .map((each) => {
      const factor = each === unit ? '' : ` * ${unitFacts[each].factor} / ${unitFacts[unit].factor}`
      return `when '${each}' then ${value}${factor}`
    })
  return cases.length > 0 ? `(case ${unitSql} ${cases.join(' ')} end)` : 'null::numeric'
}

/** A figure of the law that has a unit, as the amount that it is; everything else stays. */
export function asAmount(made: Made, other: ValueType): Made {
  if (other.is !== 'amount' || made.type.is !== 'number' || !made.type.unit) return made
  const own = made.type.unit
  const sql: Made['sql'] = (to, unit = own) =>
    unit === own ? made.sql(to) : `(${made.sql(to)} * ${unitFacts[own].factor} / ${unitFacts[unit].factor})`
  return { type: { is: 'amount', unit: own, units: [own] }, words: made.words, sql }
}

/** The days or moments of two sides made comparable: a moment meets a day as its legal day. */
export function asDay(made: Pick<Made, 'type' | 'sql'>, to: To): string {
  return made.type.is === 'instant' ? `(${made.sql(to)} at time zone 'Asia/Shanghai')::date` : made.sql(to)
}

export function asInstant(made: Pick<Made, 'type' | 'sql'>, to: To): string {
  return made.type.is === 'day' ? `(${made.sql(to)}::timestamp at time zone 'Asia/Shanghai')` : made.sql(to)
}

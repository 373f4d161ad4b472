import { isDecimal, plainDecimal } from '../decimal.ts'
import { isDay } from '../fields/day.ts'
import { typeOf } from '../fields/index.ts'
import type { Unit } from '../fields/quantity.ts'
import { convertible, units } from '../units.ts'
import type { Reader } from './read.ts'
import type { Comparison } from './tree.ts'
import { asAmount, asDay, type Made, type To, typeWords, type ValueType } from './types.ts'

const instantShape = /^(19|20|21)\d\d-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/

const numeric =
  (value: string): Made['sql'] =>
  (to) =>
    `${to.bind(value)}::numeric`

/** A given value against an option, code or reference: the field's own check judges it. */
function asListed(read: Reader, type: ValueType & { is: 'option' | 'code' | 'reference' }, value: string, at: string) {
  const { field } = type
  const checked = typeOf(field).check(value, field, at)
  if (checked.problems) {
    for (const { code, text } of checked.problems) read.problem(code, text, at)
    return undefined
  }
  const words = field.type === 'choice' ? (field.options[value] ?? value) : String(checked.value)
  const cast = type.is === 'reference' ? 'uuid' : 'text'
  return { type, words: `“${words}”`, sql: (to: To) => `${to.bind(checked.value)}::${cast}` }
}

/** A given value in the type of what it is compared with. */
export function coerce(
  read: Reader,
  made: Made,
  other: ValueType,
  at: string,
  valueAt = `${at}/value`,
): Made | undefined {
  if (made.type.is !== 'given') return asAmount(made, other)
  const { value, unit } = made.type
  const text = String(value).trim()
  const wrong = (what: string) => read.problem('wrong-type', `这里应填${what}`, valueAt)
  if (unit !== undefined && other.is !== 'amount')
    return read.problem('wrong-unit', `${typeWords[other.is]}没有单位`, `${at}/unit`)
  switch (other.is) {
    case 'number':
      if (!isDecimal(text)) return wrong('数字')
      return { type: other, words: `${plainDecimal(text)}${other.word ? ` ${other.word}` : ''}`, sql: numeric(text) }
    case 'money':
      if (!/^-?\d{1,12}$/.test(text)) return wrong('以分计的整数')
      return { type: other, words: `${(Number(text) / 100).toFixed(2)} 元`, sql: numeric(text) }
    case 'amount': {
      if (!isDecimal(text)) return wrong('数字')
      const chosen = (unit ?? other.unit) as Unit
      if (!other.units.some((each) => convertible(each, chosen))) {
        const known = other.units.map((each) => units[each]).join('、')
        return read.problem('wrong-unit', `单位“${units[chosen]}”不适用，可用：${known}`, `${at}/unit`)
      }
      return {
        type: { is: 'amount', unit: chosen, units: [chosen] },
        words: `${plainDecimal(text)} ${units[chosen]}`,
        sql: numeric(text),
      }
    }
    case 'day':
      return isDay(text)
        ? { type: other, words: text, sql: (to) => `${to.bind(text)}::date` }
        : wrong('日期，如 2026-11-20')
    case 'instant':
      if (isDay(text)) return { type: { is: 'day' }, words: text, sql: (to) => `${to.bind(text)}::date` }
      return instantShape.test(text)
        ? { type: other, words: text, sql: (to) => `${to.bind(new Date(text).toISOString())}::timestamptz` }
        : wrong('日期或带时区的时间')
    case 'text':
      return { type: other, words: `“${text}”`, sql: (to) => `${to.bind(text)}::text` }
    case 'option':
    case 'code':
    case 'reference':
      return asListed(read, other, text, valueAt)
    default:
      return read.problem('nothing-to-compare', '两边都是固定的值，至少一边应是字段', at)
  }
}

const listed = (type: ValueType): boolean => /^(option|code|reference|text)$/.test(type.is)

/** How the two sides meet in SQL; undefined where they cannot be compared. */
function sides(left: Made, right: Made): ((to: To) => [string, string]) | undefined {
  const [a, b] = [left.type, right.type]
  if (a.is === 'amount' && b.is === 'amount') {
    // A fixed amount keeps its unit: 10 箱 is compared with what is counted in boxes.
    const unit = b.units.length === 1 ? b.unit : a.unit
    if (!a.units.some((each) => convertible(each, unit)) || !b.units.some((each) => convertible(each, unit)))
      return undefined
    return (to) => [left.sql(to, unit), right.sql(to, unit)]
  }
  if ((a.is === 'day' && b.is === 'instant') || (a.is === 'instant' && b.is === 'day'))
    return (to) => [asDay(left, to), asDay(right, to)]
  if (a.is === b.is || (listed(a) && listed(b) && a.is !== 'reference' && b.is !== 'reference'))
    return (to) => [left.sql(to), right.sql(to)]
  return undefined
}

const signs: Readonly<Record<Comparison, string>> = { eq: '=', ne: '<>', gt: '>', ge: '>=', lt: '<', le: '<=' }
const plain: Readonly<Record<Comparison, string>> = {
  eq: '等于',
  ne: '不等于',
  gt: '大于',
  ge: '不小于',
  lt: '小于',
  le: '不大于',
}
const inTime: Readonly<Record<Comparison, string>> = {
  eq: '是',
  ne: '不是',
  gt: '晚于',
  ge: '不早于',
  lt: '早于',
  le: '不晚于',
}

/** The word of a comparison by what is compared. */
export function comparisonWord(op: Comparison, type: ValueType['is']): string {
  if (type === 'day' || type === 'instant') return inTime[op]
  return listed({ is: type } as ValueType) ? (op === 'eq' ? '是' : op === 'ne' ? '不是' : plain[op]) : plain[op]
}

/** Compares two values of one kind. */
export function compare(read: Reader, op: Comparison, left: Made, right: Made, at: string) {
  const a = coerce(read, left, right.type, `${at}/left`)
  const b = a && coerce(read, right, a.type, `${at}/right`)
  if (!a || !b) return undefined
  const isOrdered = !listed(a.type)
  if (!isOrdered && !/^(eq|ne)$/.test(op))
    return read.problem('wrong-type', `${typeWords[a.type.is]}只能比较是或不是`, `${at}/op`)
  const meet = sides(a, b)
  if (!meet) {
    const units = a.type.is === 'amount' && b.type.is === 'amount'
    const text = units
      ? `“${a.words}”和“${b.words}”的单位不能换算`
      : `“${a.words}”是${typeWords[a.type.is]}，“${b.words}”是${typeWords[b.type.is]}，不能比较`
    return read.problem(units ? 'wrong-unit' : 'wrong-type', text, at)
  }
  return {
    words: `${a.words} ${comparisonWord(op, a.type.is)} ${b.words}`,
    sql: (to: To) => {
      const [first, second] = meet(to)
      return `(${first} ${signs[op]} ${second})`
    },
  }
}

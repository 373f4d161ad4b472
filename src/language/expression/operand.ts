import { isDecimal, plainDecimal } from '../decimal.ts'
import type { Field } from '../fields/index.ts'
import type { Unit } from '../fields/quantity.ts'
import { snake } from '../names.ts'
import { convertible, unitFacts, units } from '../units.ts'
import type { Reader } from './read.ts'
import type { Source } from './source.ts'
import { amountIn, asAmount, asDay, asInstant, type Made, type Scope, typeOfField, typeWords } from './types.ts'

/** SQL of a stored field by its scope: a column, or a part of a line. */
function fieldSql(field: Field, name: string, scope: Scope, unit?: Unit): string {
  const column = scope.isLine ? `(${scope.row}->>'${name}')` : `${scope.row}.${snake(name)}`
  if (field.type === 'quantity') {
    const value = scope.isLine ? `(${scope.row}->'${name}'->>'value')::numeric` : column
    const unitSql = scope.isLine ? `(${scope.row}->'${name}'->>'unit')` : `${column}_unit`
    return amountIn(field, value, unitSql, unit ?? field.units[0])
  }
  if (!scope.isLine) return column
  const cast: Partial<Record<Field['type'], string>> = {
    number: 'numeric',
    money: 'numeric',
    day: 'date',
    instant: 'timestamptz',
    reference: 'uuid',
  }
  return cast[field.type] ? `${column}::${cast[field.type]}` : column
}

/** `licence.until`: the first or last day of a validity. */
function validityPart(read: Reader, scope: Scope, name: string, part: string, at: string): Made | undefined {
  if (part !== 'from' && part !== 'until') {
    read.problem('unknown-field', `“${read.titleOf(scope, name)}”里没有“${part.slice(0, 40)}”，可用 from、until`, at)
    return undefined
  }
  const column = scope.isLine ? '' : `${scope.row}.${snake(name)}${part === 'until' ? '_until' : ''}`
  return {
    type: { is: 'day' },
    words: `${read.titleOf(scope, name)}${part === 'until' ? '截止' : '开始'}`,
    sql: () => (scope.isLine ? `(${scope.row}->'${name}'->>'${part}')::date` : column),
  }
}

/** `supplier.state`: a field of the record that is referred to. */
function through(read: Reader, scope: Scope, name: string, rest: string, at: string): Made | undefined {
  const field = scope.fields[name]
  if (field?.type === 'validity') return validityPart(read, scope, name, rest, at)
  const target: Source | undefined = field?.type === 'reference' ? read.context.sources(field.to) : undefined
  const inner = target && Object.hasOwn(target.fields, rest) ? target.fields[rest] : undefined
  const type = inner && typeOfField(inner)
  if (!field || !target || !inner || !type) {
    read.problem('unknown-field', `没有名为“${`${name}.${rest}`.slice(0, 60)}”的字段`, at)
    return undefined
  }
  const of: Scope = { row: 'r', fields: target.fields, source: target, isLine: false }
  read.used.add(scope.isLine ? scope.source.name : name)
  return {
    type,
    words: `${field.title}的${inner.title}`,
    sql: (_, unit) =>
      `(select ${fieldSql(inner, rest, of, unit)} from ${target.table} r where r.id = ${fieldSql(field, name, scope)} limit 1)`,
  }
}

export function readField(read: Reader, scope: Scope, name: unknown, at: string): Made | undefined {
  if (typeof name !== 'string' || name === '') {
    read.problem('missing', '请选择字段', at)
    return undefined
  }
  const [first = '', rest] = name.split('.', 2)
  if (rest !== undefined) return through(read, scope, first, rest, at)
  const field = read.fieldOf(scope, name, at)
  if (!field) return undefined
  const type = typeOfField(field)
  if (!type) {
    read.problem('wrong-type', `“${field.title}”没有可以比较的值，只能看它填了没有`, at)
    return undefined
  }
  return { type, words: field.title, sql: (_, unit) => fieldSql(field, name, scope, unit) }
}

function readSum(read: Reader, scope: Scope, node: Record<string, unknown>, at: string): Made | undefined {
  const lines = read.linesOf(scope, node.lines, `${at}/lines`)
  const inner = lines && readField(read, { ...lines, row: 'l' }, node.field, `${at}/field`)
  if (!lines || !inner) return undefined
  if (!/^(number|amount|money)$/.test(inner.type.is)) {
    read.problem('wrong-type', `“${inner.words}”是${typeWords[inner.type.is]}，不能合计`, `${at}/field`)
    return undefined
  }
  return {
    type: inner.type,
    words: `${lines.title}的${inner.words}合计`,
    sql: (to, unit) => `(select sum(${inner.sql(to, unit)}) from jsonb_array_elements(${lines.sql}) l)`,
  }
}

/** The distance of two moments in hours or days. */
function readDistance(read: Reader, scope: Scope, node: Record<string, unknown>, at: string): Made | undefined {
  const from = readOperand(read, scope, node.from, `${at}/from`)
  const until = readOperand(read, scope, node.to, `${at}/to`)
  if (!from || !until) return undefined
  for (const [side, place] of [
    [from, 'from'],
    [until, 'to'],
  ] as const)
    if (side.type.is !== 'day' && side.type.is !== 'instant') {
      read.problem('wrong-type', `“${side.words}”不是日期或时间`, `${at}/${place}`)
      return undefined
    }
  const days = node.op === 'days'
  return {
    type: { is: 'number', word: days ? '天' : '小时' },
    words: `从${from.words}到${until.words}的${days ? '天数' : '小时数'}`,
    sql: (to) =>
      days
        ? `(${asDay(until, to)} - ${asDay(from, to)})`
        : `(extract(epoch from (${asInstant(until, to)} - ${asInstant(from, to)})) / 3600)`,
  }
}

const signs = { add: ['+', '加'], sub: ['-', '减'], mul: ['*', '乘'], div: ['/', '除以'] } as const

const asNumber = (made: Made): Made => {
  if (made.type.is !== 'given') return made
  const { value } = made.type
  return isDecimal(String(value))
    ? { type: { is: 'number' }, words: String(value), sql: (to) => `${to.bind(plainDecimal(String(value)))}::numeric` }
    : made
}

/** The result's type and SQL of a calculation; undefined where the two do not go together. */
function calculated(op: keyof typeof signs, left: Made, right: Made): Pick<Made, 'type' | 'sql'> | undefined {
  const [a, b] = [left.type, right.type]
  const sign = signs[op][0]
  if (op === 'add' || op === 'sub') {
    if (a.is === 'day' && b.is === 'number')
      return { type: a, sql: (to) => `(${left.sql(to)} ${sign} (${right.sql(to)})::int)` }
    if (a.is === 'amount' && b.is === 'amount' && convertible(a.unit, b.unit))
      return { type: a, sql: (to, unit = a.unit) => `(${left.sql(to, unit)} ${sign} ${right.sql(to, unit)})` }
    if (a.is === b.is && (a.is === 'number' || a.is === 'money'))
      return { type: a, sql: (to) => `(${left.sql(to)} ${sign} ${right.sql(to)})` }
    return undefined
  }
  // A division by zero is undecided, never an error of the whole run.
  const second = (sql: string) => (op === 'div' ? `nullif(${sql}, 0)` : sql)
  if (b.is === 'number' && (a.is === 'number' || a.is === 'amount' || a.is === 'money'))
    return { type: a, sql: (to, unit) => `(${left.sql(to, unit)}::numeric ${sign} ${second(right.sql(to))})` }
  if (op === 'div' && a.is === 'amount' && b.is === 'amount' && convertible(a.unit, b.unit))
    return { type: { is: 'number' }, sql: (to) => `(${left.sql(to, a.unit)} / ${second(right.sql(to, a.unit))})` }
  if (op === 'div' && a.is === 'money' && b.is === 'money')
    return { type: { is: 'number' }, sql: (to) => `(${left.sql(to)}::numeric / ${second(right.sql(to))})` }
  return undefined
}

function readCalculation(read: Reader, scope: Scope, node: Record<string, unknown>, at: string): Made | undefined {
  const left = readOperand(read, scope, node.left, `${at}/left`)
  const right = readOperand(read, scope, node.right, `${at}/right`)
  if (!left || !right) return undefined
  const op = node.op as keyof typeof signs
  if (op === 'div' && right.type.is === 'given' && Number(right.type.value) === 0) {
    read.problem('division-by-zero', '不能除以 0', `${at}/right/value`)
    return undefined
  }
  // An amount is multiplied by a bare number; added to, and divided by, an amount where the law's figure is one.
  const bare = op === 'mul'
  const first = asNumber(bare ? left : asAmount(left, right.type))
  const sides = [first, asNumber(bare ? right : asAmount(right, first.type))] as const
  const made = calculated(op, ...sides)
  const words = `${left.words} ${signs[op][1]} ${right.words}`
  if (!made) {
    const [a, b] = sides.map(({ type }) => typeWords[type.is])
    const differ = left.type.is === 'amount' && right.type.is === 'amount'
    const text = differ ? `“${words}”的单位不能换算` : `${a}和${b}不能这样计算：${words}`
    read.problem(differ ? 'wrong-unit' : 'wrong-type', text, at)
    return undefined
  }
  return { ...made, words: `（${words}）` }
}

function readValue(read: Reader, node: Record<string, unknown>, at: string): Made | undefined {
  const { value, unit } = node
  const isNumber = typeof value === 'number' && Number.isFinite(value)
  if ((typeof value !== 'string' && !isNumber) || value === '') {
    read.problem('missing', '请填写要比较的值', `${at}/value`)
    return undefined
  }
  if (typeof value === 'string' && value.length > 200) {
    read.problem('too-long', '要比较的值最多 200 个字', `${at}/value`)
    return undefined
  }
  if (unit !== undefined && (typeof unit !== 'string' || !Object.hasOwn(units, unit))) {
    read.problem('wrong-unit', '没有这个单位', `${at}/unit`)
    return undefined
  }
  const given = value as string | number
  return {
    type: { is: 'given', value: given, ...(unit === undefined ? {} : { unit: unit as string }) },
    words: `${given}${unit ? ` ${units[unit as Unit]}` : ''}`,
    sql: (to) => `${to.bind(String(given))}::text`,
  }
}

/** Reads a value of an expression; what is wrong with it is noted at its place. */
export function readOperand(read: Reader, scope: Scope, node: unknown, at: string): Made | undefined {
  const given = read.node(node, at)
  if (!given) return undefined
  switch (given.op) {
    case 'field':
      return readField(read, scope, given.name, `${at}/name`)
    case 'value':
      return readValue(read, given, at)
    case 'today':
      return { type: { is: 'day' }, words: '今天', sql: (to) => `${to.bind(to.today)}::date` }
    case 'now':
      return { type: { is: 'instant' }, words: '现在', sql: (to) => `${to.bind(to.now.toISOString())}::timestamptz` }
    case 'add':
    case 'sub':
    case 'mul':
    case 'div':
      return readCalculation(read, scope, given, at)
    case 'hours':
    case 'days':
      return readDistance(read, scope, given, at)
    case 'count': {
      const lines = read.linesOf(scope, given.lines, `${at}/lines`)
      if (!lines) return undefined
      const sql = `jsonb_array_length(${lines.sql})`
      return { type: { is: 'number', word: '行' }, words: `${lines.title}的行数`, sql: () => sql }
    }
    case 'sum':
      return readSum(read, scope, given, at)
    case 'law': {
      const law = typeof given.name === 'string' ? read.context.laws?.get(given.name) : undefined
      if (law === undefined) {
        read.problem('unknown-law', '规则表里没有这个数值', `${at}/name`)
        return undefined
      }
      const unit = Object.hasOwn(unitFacts, law.unit) ? (law.unit as Unit) : undefined
      return {
        type: { is: 'number', ...(unit && { unit }) },
        words: law.title,
        // Asked once for the statement, not for every row.
        sql: (to) => `(select rule_value(${to.bind(given.name)}, ${to.bind(to.today)}::date))`,
      }
    }
    default:
      read.problem('unknown-operator', `没有名为“${String(given.op).slice(0, 40)}”的取值方式`, `${at}/op`)
      return undefined
  }
}

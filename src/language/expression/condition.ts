import { typeOf } from '../fields/index.ts'
import { snake } from '../names.ts'
import type { Problem } from '../problem.ts'
import { coerce, compare } from './compare.ts'
import { readOperand } from './operand.ts'
import { type ExpressionContext, Reader } from './read.ts'
import { opaque } from './source.ts'
import type { Comparison } from './tree.ts'
import { type Made, type Scope, type To, typeOfField, typeWords } from './types.ts'

/** A condition that was read: its sentence, and its SQL over a row `t`, which is true, false or null (undecided). */
export type Read = { words: string; sql(to: To): string }

type Node = Record<string, unknown> & { op: string }

const comparisons = /^(eq|ne|gt|ge|lt|le)$/

function readTogether(read: Reader, scope: Scope, node: Node, at: string, path: readonly string[]): Read | undefined {
  const parts = Array.isArray(node.of) ? node.of : []
  if (parts.length === 0) return read.problem('missing', '请至少填写一个条件', `${at}/of`)
  const made = parts.map((part, index) => readCondition(read, scope, part, `${at}/of/${index}`, path))
  const good = made.filter((each) => each !== undefined)
  if (good.length < parts.length) return undefined
  const single = good.length === 1
  const word = node.op === 'all' ? '，并且 ' : '，或者 '
  const words = good.map((each) => each.words).join(word)
  return {
    words: single || at === '' ? words : `（${words}）`,
    sql: (to) => `(${good.map((each) => each.sql(to)).join(node.op === 'all' ? ' and ' : ' or ')})`,
  }
}

function readFilled(read: Reader, scope: Scope, node: Node, at: string): Read | undefined {
  const name = typeof node.field === 'string' ? node.field : ''
  if (!name) return read.problem('missing', '请选择字段', `${at}/field`)
  const field = read.fieldOf(scope, name, `${at}/field`)
  if (!field) return undefined
  const suffix = typeOf(field).columns(field)[0]?.suffix ?? ''
  const column = scope.isLine ? `(${scope.row}->'${name}')` : `${scope.row}.${snake(name)}${suffix}`
  const many = field.type === 'lines' || field.type === 'file' || (scope.isLine && field.type === 'photo')
  const filled =
    field.type === 'photo' && !scope.isLine
      ? `(coalesce(cardinality(${column}), 0) > 0)`
      : many
        ? `(coalesce(jsonb_array_length(${column}), 0) > 0)`
        : `(${column} is not null)`
  const isFilled = node.op === 'filled'
  return {
    words: `${field.title} ${isFilled ? '已填写' : '没有填写'}`,
    sql: () => (isFilled ? filled : `(not ${filled})`),
  }
}

const escaped = (text: string): string => text.replace(/[\\%_]/g, '\\$&')

/** A shape as a pattern: only letters, digits and stars have a meaning. */
function shapePattern(shape: string): string {
  const parts = [...shape].map((c) =>
    c === 'A' ? '[A-Za-z]' : c === '9' ? '[0-9]' : c === '*' ? '.*' : c.replace(/[^\p{L}\p{N}]/gu, '\\$&'),
  )
  return `^${parts.join('')}$`
}

const textWords = { starts: '以', ends: '以', contains: '含有', shape: '形如' } as const

function readText(read: Reader, scope: Scope, node: Node, at: string): Read | undefined {
  const left = readOperand(read, scope, node.left, `${at}/left`)
  const text = typeof node.text === 'string' ? node.text.trim() : ''
  if (text === '' || text.length > 60) return read.problem('missing', '请填写 1 到 60 个字', `${at}/text`)
  if (!left) return undefined
  if (left.type.is !== 'text' && left.type.is !== 'code')
    return read.problem('wrong-type', `“${left.words}”是${typeWords[left.type.is]}，不是文字`, `${at}/left`)
  const op = node.op as keyof typeof textWords
  const pattern = { starts: `${escaped(text)}%`, ends: `%${escaped(text)}`, contains: `%${escaped(text)}%`, shape: '' }[
    op
  ]
  const end = { starts: ' 开头', ends: ' 结尾', contains: '', shape: '' }[op]
  return {
    words: `${left.words} ${textWords[op]}“${text}”${end}`,
    sql: (to) =>
      op === 'shape'
        ? `(${left.sql(to)} ~ ${to.bind(shapePattern(text))})`
        : `(${left.sql(to)} like ${to.bind(pattern)})`,
  }
}

function readIn(read: Reader, scope: Scope, node: Node, at: string): Read | undefined {
  const left = readOperand(read, scope, node.left, `${at}/left`)
  const values = Array.isArray(node.values) ? node.values : []
  if (values.length === 0 || values.length > 100) return read.problem('missing', '请选择 1 到 100 个值', `${at}/values`)
  if (!left) return undefined
  const made = values.map((value, index) =>
    coerce(
      read,
      { type: { is: 'given', value: String(value) }, words: String(value), sql: () => '' },
      left.type,
      at,
      `${at}/values/${index}`,
    ),
  )
  const good = made.filter((each): each is Made => each !== undefined)
  if (good.length < values.length) return undefined
  return {
    words: `${left.words} 属于 ${good.map((each) => each.words).join('、')}`,
    sql: (to) => `(${left.sql(to)} in (${good.map((each) => each.sql(to)).join(', ')}))`,
  }
}

/** No other record of the owner has the same; of the whole table the repeated ones are gathered once. */
function readUnique(read: Reader, scope: Scope, node: Node, at: string): Read | undefined {
  const names = Array.isArray(node.fields) ? node.fields.map(String) : []
  if (names.length === 0 || names.length > 6) return read.problem('missing', '请选择 1 到 6 个字段', `${at}/fields`)
  if (scope.isLine || scope.source.isEvents) return read.problem('wrong-place', '查重只能用在整条记录上', at)
  const fields = names.map((name, index) => read.fieldOf(scope, name, `${at}/fields/${index}`))
  for (const [index, field] of fields.entries())
    if (field && (opaque.includes(field.type) || !typeOfField(field)))
      read.problem('wrong-type', `“${field.title}”不能用来查重`, `${at}/fields/${index}`)
  if (fields.some((field) => !field || !typeOfField(field))) return undefined
  const { table } = scope.source
  const columns = names.map(snake)
  const own = ['owner_id', ...columns].map((column) => `${scope.row}.${column}`).join(', ')
  const filled = columns.map((column) => `o.${column} is not null`).join(' and ')
  const same = columns.map((column) => `o.${column} = ${scope.row}.${column}`).join(' and ')
  return {
    words: `${fields.map((field) => field?.title).join('、')} 不与同一单位的其他记录重复`,
    sql: ({ mode }) =>
      mode === 'few'
        ? `(not exists (select from ${table} o where o.owner_id = ${scope.row}.owner_id and o.id <> ${scope.row}.id and o.state <> 'void' and ${same}))`
        : `((${own}) not in (select o.owner_id, ${columns.map((column) => `o.${column}`).join(', ')} from ${table} o
            where o.state <> 'void' and ${filled} group by o.owner_id, ${columns.map((column) => `o.${column}`).join(', ')} having count(*) > 1))`,
  }
}

function readLines(read: Reader, scope: Scope, node: Node, at: string, path: readonly string[]): Read | undefined {
  if (scope.isLine) return read.problem('wrong-place', '明细里不能再有明细', at)
  const lines = read.linesOf(scope, node.lines, `${at}/lines`)
  const inner = lines && readCondition(read, lines, node.of, `${at}/of`, path)
  if (!lines || !inner) return undefined
  const each = node.op === 'each'
  return {
    words: `${lines.title}${each ? '每一行' : '至少一行'}：${inner.words}`,
    sql: (to) =>
      `(select ${each ? 'bool_and' : 'bool_or'}${`(${inner.sql(to)})`} from jsonb_array_elements(${lines.sql}) l)`,
  }
}

/** Another rule in place of its name. A rule that leads back to itself has no meaning. */
function readRule(read: Reader, scope: Scope, node: Node, at: string, path: readonly string[]): Read | undefined {
  const id = String(node.rule ?? '')
  if (path.includes(id)) return read.problem('loop', '这条规则绕了一圈又引用到自己，请去掉一处引用', `${at}/rule`)
  const rule = read.context.rules?.(id)
  if (!rule) return read.problem('unknown-rule', '没有这条规则，或它已停用', `${at}/rule`)
  if (scope.isLine || rule.source !== scope.source.name)
    return read.problem('wrong-place', `规则“${rule.title}”查的不是${scope.source.title}`, `${at}/rule`)
  const before = read.problems.length
  const must = readCondition(read, scope, rule.must, `${at}/rule`, [...path, id])
  const when = rule.when ? readCondition(read, scope, rule.when, `${at}/rule`, [...path, id]) : undefined
  if (!must || read.problems.length > before) return undefined
  return {
    words: `符合“${rule.title}”`,
    sql: (to) => (when ? `(not coalesce(${when.sql(to)}, false) or ${must.sql(to)})` : must.sql(to)),
  }
}

function readCondition(
  read: Reader,
  scope: Scope,
  value: unknown,
  at: string,
  path: readonly string[],
): Read | undefined {
  const node = read.node(value, at)
  if (!node) return undefined
  if (comparisons.test(node.op)) {
    const left = readOperand(read, scope, node.left, `${at}/left`)
    const right = readOperand(read, scope, node.right, `${at}/right`)
    return left && right && compare(read, node.op as Comparison, left, right, at)
  }
  switch (node.op) {
    case 'all':
    case 'any':
      return readTogether(read, scope, node, at, path)
    case 'not': {
      const inner = readCondition(read, scope, node.of, `${at}/of`, path)
      return inner && { words: `不是“${inner.words}”`, sql: (to) => `(not ${inner.sql(to)})` }
    }
    case 'in':
      return readIn(read, scope, node, at)
    case 'filled':
    case 'blank':
      return readFilled(read, scope, node, at)
    case 'starts':
    case 'ends':
    case 'contains':
    case 'shape':
      return readText(read, scope, node, at)
    case 'unique':
      return readUnique(read, scope, node, at)
    case 'each':
    case 'some':
      return readLines(read, scope, node, at, path)
    case 'rule':
      return readRule(read, scope, node, at, path)
    default:
      return read.problem('unknown-operator', `没有名为“${node.op.slice(0, 40)}”的比较方式`, `${at}/op`)
  }
}

type Outcome<T> =
  | { made: T; used: ReadonlySet<string>; problems?: undefined }
  | { problems: Problem[]; made?: undefined }

const rowOf = (context: ExpressionContext): Scope => ({
  row: 't',
  fields: context.source.fields,
  source: context.source,
  isLine: false,
})

function outcome<T>(read: Reader, made: T | undefined, at: string): Outcome<T> {
  if (read.problems.length > 0 || made === undefined)
    return { problems: read.problems.map((each) => ({ ...each, at: `${at}${each.at}` })) }
  return { made, used: read.used }
}

/** Reads a condition about a row `t` of the source; `at` is the pointer at which it stands in what the user sent. */
export function condition(context: ExpressionContext, tree: unknown, at = ''): Outcome<Read> {
  const read = new Reader(context)
  return outcome(read, readCondition(read, rowOf(context), tree, '', context.self ? [context.self] : []), at)
}

/** Reads a value about a row `t` of the source: one that can be summed. */
export function measure(context: ExpressionContext, tree: unknown, at = ''): Outcome<Made> {
  const read = new Reader(context)
  const made = readOperand(read, rowOf(context), tree, '')
  if (made && !/^(number|amount|money)$/.test(made.type.is))
    read.problem('wrong-type', `“${made.words}”是${typeWords[made.type.is]}，不能合计`, '')
  return outcome(read, made, at)
}

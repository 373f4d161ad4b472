import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Condition,
  condition,
  type ExpressionContext,
  measure,
  type NamedRule,
  sourceOf,
} from '../../src/language/expression/index.ts'
import {
  choice,
  day,
  instant,
  kind,
  lines,
  money,
  number,
  quantity,
  reference,
  text,
  validity,
} from '../../src/language/index.ts'

const supplier = kind({
  name: 'supplier',
  title: '供应商',
  help: '',
  clauses: [],
  schemaVersion: 1,
  fields: { name: text({ title: '名称', required: true, class: 'public' }), licence: validity({ title: '许可' }) },
  titleFields: ['name'],
  list: { columns: ['name'] },
  grants: {},
})
const receipt = kind({
  name: 'receipt',
  title: '收货',
  help: '',
  clauses: [],
  schemaVersion: 1,
  fields: {
    receivedAt: instant({ title: '到货时间', required: true }),
    producedOn: day({ title: '生产日期' }),
    shelfDays: number({ title: '保质期（天）' }),
    amount: quantity({ title: '收货数量', units: ['KGM', 'GRM', 'CS'] }),
    price: money({ title: '金额' }),
    note: text({ title: '送货单号' }),
    result: choice({ title: '结论', options: { pass: '合格', fail: '不合格' } }),
    supplier: reference({ title: '供应商', to: 'supplier' }),
    lots: lines({ title: '批次', fields: { count: number({ title: '件数' }), name: text({ title: '名称' }) } }),
  },
  titleFields: ['note'],
  list: { columns: ['note'] },
  grants: {},
})

const rules = new Map<string, NamedRule>()
const context: ExpressionContext = {
  source: sourceOf(receipt),
  sources: (name) => (name === 'supplier' ? sourceOf(supplier) : undefined),
  rules: (id) => rules.get(id),
  laws: new Map([
    ['shelf.days', { title: '保质期天数', unit: 'DAY' }],
    ['sample.least', { title: '最少留样量', unit: 'GRM' }],
  ]),
}
const field = (name: string) => ({ op: 'field', name }) as const
const value = (of: string | number, unit?: string) => ({ op: 'value', value: of, ...(unit ? { unit } : {}) }) as const
const said = (tree: unknown): string => {
  const outcome = condition(context, tree)
  return outcome.made?.words ?? JSON.stringify(outcome.problems)
}
const refused = (tree: unknown): [string, string] => {
  const { problems } = condition(context, tree)
  assert.ok(problems?.[0], JSON.stringify(tree))
  return [problems[0].code, problems[0].at]
}

test('a rule reads back as a Chinese sentence', () => {
  const positive: Condition = { op: 'gt', left: field('amount'), right: value('0') }
  assert.equal(said(positive), '收货数量 大于 0 千克')
  assert.equal(
    said({ op: 'all', of: [positive, { op: 'eq', left: field('result'), right: value('pass') }] }),
    '收货数量 大于 0 千克，并且 结论 是 “合格”',
  )
  assert.equal(
    said({
      op: 'ge',
      left: { op: 'add', left: field('producedOn'), right: field('shelfDays') },
      right: { op: 'today' },
    }),
    '（生产日期 加 保质期（天）） 不早于 今天',
  )
  assert.equal(said({ op: 'le', left: field('price'), right: value(1250) }), '金额 不大于 12.50 元')
  assert.equal(
    said({ op: 'each', lines: 'lots', of: { op: 'gt', left: field('count'), right: value(0) } }),
    '批次每一行：件数 大于 0',
  )
  assert.equal(
    said({ op: 'ge', left: field('supplier.licence'), right: { op: 'today' } }).includes('unknown-field'),
    true,
  )
  assert.equal(said({ op: 'eq', left: field('supplier.state'), right: value('active') }), '供应商的状态 是 “有效”')
})

test('every part of a rule that is wrong is refused at its place', () => {
  const cases: [unknown, string, string][] = [
    [undefined, 'missing', ''],
    [{ op: 'eval', code: '1' }, 'unknown-operator', '/op'],
    [{ op: 'gt', left: field('nothing'), right: value(1) }, 'unknown-field', '/left/name'],
    [{ op: 'gt', left: field('__proto__'), right: value(1) }, 'unknown-field', '/left/name'],
    [{ op: 'gt', left: field('supplier.nothing'), right: value(1) }, 'unknown-field', '/left/name'],
    [{ op: 'gt', left: field('amount'), right: value('many') }, 'wrong-type', '/right/value'],
    [{ op: 'gt', left: field('amount'), right: value('1', 'LTR') }, 'wrong-unit', '/right/unit'],
    [{ op: 'gt', left: field('amount'), right: value('1', 'LIGHTYEAR') }, 'wrong-unit', '/right/unit'],
    [{ op: 'gt', left: field('shelfDays'), right: value('1', 'KGM') }, 'wrong-unit', '/right/unit'],
    [{ op: 'gt', left: field('amount'), right: field('price') }, 'wrong-type', ''],
    [{ op: 'gt', left: field('result'), right: value('pass') }, 'wrong-type', '/op'],
    [{ op: 'eq', left: field('result'), right: value('maybe') }, 'not-an-option', '/right/value'],
    [{ op: 'gt', left: field('producedOn'), right: value('2026-02-30') }, 'wrong-type', '/right/value'],
    [
      { op: 'gt', left: { op: 'div', left: field('shelfDays'), right: value(0) }, right: value(1) },
      'division-by-zero',
      '/left/right/value',
    ],
    [{ op: 'gt', left: { op: 'add', left: field('note'), right: value(1) }, right: value(1) }, 'wrong-type', '/left'],
    [{ op: 'gt', left: value(1), right: value(2) }, 'nothing-to-compare', '/left'],
    [{ op: 'all', of: [] }, 'missing', '/of'],
    [{ op: 'unique', fields: ['lots'] }, 'wrong-type', '/fields/0'],
    [{ op: 'unique', fields: [] }, 'missing', '/fields'],
    [{ op: 'each', lines: 'note', of: { op: 'filled', field: 'note' } }, 'wrong-type', '/lines'],
    [{ op: 'contains', left: field('note'), text: '' }, 'missing', '/text'],
    [{ op: 'contains', left: field('price'), text: 'x' }, 'wrong-type', '/left'],
    [{ op: 'in', left: field('result'), values: ['pass', 'no'] }, 'not-an-option', '/values/1'],
    [{ op: 'gt', left: { op: 'law', name: 'no.such' }, right: field('shelfDays') }, 'unknown-law', '/left/name'],
    [{ op: 'rule', rule: 'gone' }, 'unknown-rule', '/rule'],
    [{ op: 'all', of: Array.from({ length: 90 }, () => ({ op: 'filled', field: 'note' })) }, 'too-large', '/of/79'],
  ]
  for (const [tree, code, at] of cases) assert.deepEqual(refused(tree), [code, at], JSON.stringify(tree))
})

test('a figure of the law that has a unit is compared as the amount that it is, in whatever unit the record has', () => {
  const law = (name: string) => ({ op: 'law', name }) as const
  const sqlOf = (tree: unknown) => {
    const outcome = condition(context, tree)
    assert.deepEqual(outcome.problems, undefined)
    return outcome.made?.sql({ bind: () => '$1', today: '2026-11-20', now: new Date(0), mode: 'few' }) ?? ''
  }
  const inGrams =
    /case t\.amount_unit when 'KGM' then t\.amount \* 1 \/ 0\.001 when 'GRM' then t\.amount end\) >= \(select rule_value/
  assert.match(sqlOf({ op: 'ge', left: field('amount'), right: law('sample.least') }), inGrams)
  assert.match(sqlOf({ op: 'le', left: law('sample.least'), right: field('amount') }), /rule_value/)
  assert.equal(said({ op: 'ge', left: field('amount'), right: law('sample.least') }), '收货数量 不小于 最少留样量')
  const twice = { op: 'mul', left: law('sample.least'), right: value(2) }
  assert.match(
    sqlOf({ op: 'ge', left: field('amount'), right: { op: 'sub', left: field('amount'), right: law('sample.least') } }),
    /0\.001 \/ 1/,
  )
  assert.deepEqual(refused({ op: 'ge', left: field('amount'), right: law('shelf.days') }), ['wrong-type', ''])
  assert.deepEqual(refused({ op: 'ge', left: field('price'), right: law('sample.least') }), ['wrong-type', ''])
  assert.match(sqlOf({ op: 'ge', left: field('shelfDays'), right: twice }), /\* \$1::numeric/)
  const boxes = measure(context, {
    op: 'add',
    left: { op: 'sum', lines: 'lots', field: 'count' },
    right: law('sample.least'),
  })
  assert.equal(boxes.problems, undefined, 'beside a bare number it is one')
})

test('a rule that leads back to itself, directly or through others, is refused', () => {
  const through = (id: string): Condition => ({ op: 'rule', rule: id })
  rules.set('a', { title: '甲', source: 'receipt', must: through('b') })
  rules.set('b', { title: '乙', source: 'receipt', must: through('a') })
  const outcome = condition({ ...context, self: 'a' }, through('b'))
  assert.equal(outcome.problems?.[0]?.code, 'loop')
  assert.equal(condition({ ...context, self: 'a' }, through('a')).problems?.[0]?.code, 'loop')
  rules.clear()
})

test('only values are bound: no text of the user stands in the statement', () => {
  const evil = "x'); drop table change; --"
  const outcome = condition(context, {
    op: 'any',
    of: [
      { op: 'eq', left: field('note'), right: value(evil) },
      { op: 'contains', left: field('note'), text: evil },
      { op: 'shape', left: field('note'), text: evil },
    ],
  })
  const values: unknown[] = []
  const sql = outcome.made?.sql({
    bind: (each) => `$${values.push(each)}`,
    today: '2026-11-20',
    now: new Date(0),
    mode: 'few',
  })
  assert.ok(sql && !sql.includes('drop'), sql)
  assert.equal(values.length, 3)
})

test('only what is a number can be summed', () => {
  assert.equal(measure(context, field('note')).problems?.[0]?.code, 'wrong-type')
  assert.equal(measure(context, { op: 'sum', lines: 'lots', field: 'count' }).made?.words, '批次的件数合计')
})

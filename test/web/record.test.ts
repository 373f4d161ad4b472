import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Fields } from '../../src/language/fields/index.ts'
import {
  choice,
  day,
  instant,
  kind,
  lines,
  number,
  photo,
  quantity,
  reference,
  text,
} from '../../src/language/index.ts'
import { agentWord } from '../../src/web/access/agent.ts'
import { checklistOf, restIsGood } from '../../src/web/input/checklist.ts'
import { endSoon } from '../../src/web/input/end-soon.ts'
import { gridFits } from '../../src/web/input/grid-fits.ts'
import { sha256 } from '../../src/web/input/sha256.ts'
import { cellFlow } from '../../src/web/input/width.ts'
import {
  carriedContent,
  changesOf,
  inputAt,
  placeInWords,
  problemsOf,
  startingContent,
  tidy,
  withoutEmptyEnd,
} from '../../src/web/record/content.ts'
import { csv } from '../../src/web/record/csv.ts'
import { differences, versionDifferences } from '../../src/web/record/difference.ts'
import { uuidv7 } from '../../src/web/record/id.ts'
import { contested, merged } from '../../src/web/record/merge.ts'
import { nextStep } from '../../src/web/record/next-step.ts'
import { wholeOnly } from '../../src/web/record/whole-only.ts'
import { leastWorthFirst } from '../../src/web/record/worth.ts'
import type { Row } from '../../src/web/shell/row.ts'

const fields = {
  day: day({ title: '日期', required: true }),
  at: instant({ title: '时间', required: true }),
  supplier: reference({ title: '供应商', to: 'x', required: true }),
  note: text({ title: '单号', required: true }),
  clerk: text({ title: '验收人', required: true }),
  remark: text({ title: '备注', multiline: true }),
  lots: lines({
    title: '批次',
    required: true,
    fields: {
      name: text({ title: '名称', required: true }),
      amount: quantity({ title: '数量', required: true, units: ['KGM'] }),
      days: number({ title: '天数' }),
    },
  }),
  mark: text({ title: '事件', derived: true }),
}

test('a new record starts now, today, and with one empty line', () => {
  const start = startingContent(fields, '-day')
  assert.match(String(start.day), /^\d{4}-\d\d-\d\d$/)
  assert.match(String(start.at), /:00\.000Z$/)
  assert.deepEqual(start.lots, [{}])
  assert.equal(startingContent(fields).day, undefined, 'a day that does not order the list is not guessed')
})

test('the next record keeps whom and by whom, not what', () => {
  const carried = carriedContent(
    fields,
    { supplier: 's', note: 'N1', clerk: '李', remark: '…', lots: [{ name: 'a' }] },
    ['note'],
  )
  assert.equal(carried.supplier, 's')
  assert.equal(carried.clerk, '李')
  assert.equal(carried.note, undefined)
  assert.equal(carried.remark, undefined)
  assert.deepEqual(carried.lots, [{}])
})

test('blanks are not sent, and empty lines at the end are dropped', () => {
  const content = { note: ' ', clerk: '李', lots: [{ name: 'a', amount: { value: '', unit: 'KGM' } }, {}, {}] }
  const complete = withoutEmptyEnd(fields, content)
  assert.deepEqual(tidy(fields, complete), { clerk: '李', lots: [{ name: 'a' }] })
})

test('the form finds the same problems as the server, at the field of the line', () => {
  const problems = problemsOf(fields, { lots: [{ name: 'a', amount: { value: 'x', unit: 'KGM' } }] })
  const places = problems.map((problem) => problem.at)
  assert.ok(places.includes('/supplier'))
  assert.ok(places.includes('/lots/0/amount/value'))
  assert.ok(!places.includes('/mark'), 'what the server sets is not asked for')
  assert.equal(placeInWords(fields, '/lots/0/amount/value'), '批次 第 1 行 · 数量')
  assert.equal(inputAt(fields, '/lots/0/amount/value'), '/lots/0/amount')
  assert.equal(inputAt(fields, '/supplier'), '/supplier')
})

test('only what changed is sent, and a cleared field as null', () => {
  const before = { note: 'N', remark: 'r', lots: [{ amount: { unit: 'KGM', value: '1' }, name: 'a' }] }
  const after = { note: 'N', remark: '', lots: [{ name: 'a', amount: { value: '1', unit: 'KGM' } }] }
  assert.deepEqual(changesOf(fields, before, after), { remark: null })
})

test('of two people’s changes only what both changed is asked about', () => {
  const row = (content: object) => ({ id: '1', version: 1, ...content }) as unknown as Row
  const conflict = {
    base: row({ note: 'N', clerk: '甲', remark: 'r' }),
    mine: { note: 'mine', clerk: '甲', remark: 'my r' },
    theirs: row({ note: 'theirs', clerk: '乙', remark: 'r' }),
  }
  assert.deepEqual(contested(fields, conflict), ['note'])
  const content = merged(fields, conflict, { note: 'theirs' })
  assert.deepEqual([content.note, content.clerk, content.remark], ['theirs', '乙', 'my r'])
})

test('sha256 agrees with the platform’s own for every length around a block', () => {
  for (const length of [0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 1000, 70_001]) {
    const bytes = randomBytes(length)
    assert.equal(sha256(bytes), createHash('sha256').update(bytes).digest('hex'), `${length} bytes`)
  }
})

test('a record’s id is a UUID of version 7 that tells its moment', () => {
  const id = uuidv7(Date.UTC(2026, 10, 20))
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16), Date.UTC(2026, 10, 20))
  assert.notEqual(uuidv7(), uuidv7())
})

test('an exported cell never runs as a formula, and numbers stay numbers', () => {
  const [first] = csv([['=1+1', '+86', '@x', '-9.4', '-a', 'a,"b"', '一\n二']])
    .slice(1)
    .split('\r\n')
  assert.equal(first, `'=1+1,'+86,'@x,-9.4,'-a,"a,""b""","一\n二"`)
})

test('the main step is the reader’s own: one that leads with the enterprise is not the authority’s next', () => {
  const report = { name: 'report', title: '提交', from: ['a'], to: 'b', by: ['enterprise', 'county'] } as const
  const close = { name: 'close', title: '办结', from: ['a'], to: 'c', by: ['county'] } as const
  assert.equal(nextStep([report, close], 'county'), close)
  assert.equal(nextStep([report], 'county'), undefined)
  assert.equal(nextStep([{ ...close, asks: ['reason'] }], 'county'), undefined, 'taking back is nobody’s next step')
  assert.equal(nextStep([report], 'enterprise'), report)
})

test('names and numbers stay on one line in a list, long text takes two', () => {
  assert.equal(cellFlow('示例螺蛳粉厂甲'), 'nowrap')
  assert.equal(cellFlow('DBS45/034—2021'), 'nowrap')
  assert.equal(cellFlow('外包装袋没有合格证明，使用该批包装的产品召回'), 'clamp')
})

const visit = kind({
  name: 'visit',
  title: '检查',
  help: '',
  clauses: [],
  schemaVersion: 1,
  about: 'subject',
  fields: {
    number: text({ title: '编号' }),
    at: instant({ title: '时间', required: true }),
    subject: reference({ title: '单位', to: 'subject', required: true }),
    template: reference({ title: '要点表', to: 'template', required: true }),
    place: text({ title: '地点' }),
    clerk: text({ title: '检查人' }),
    result: choice({ title: '结果', options: { fine: '符合', wrong: '整改' }, tones: { fine: 'good', wrong: 'bad' } }),
    answers: lines({
      title: '记录',
      begins: { of: 'template', lines: 'points' },
      fields: {
        point: text({ title: '内容', required: true }),
        weight: choice({ title: '类别', required: true, options: { key: '重点', general: '一般' } }),
        verdict: choice({
          title: '结论',
          required: true,
          options: { passed: '符合', failed: '不符合' },
          tones: { passed: 'good', failed: 'bad' },
        }),
        note: text({ title: '说明' }),
      },
    }),
    photos: photo({ title: '照片' }),
  },
  titleFields: ['number'],
  list: { columns: ['number', 'at', 'subject', 'place', 'clerk', 'result'], sort: '-at' },
  states: { names: { open: '检查中', closed: '已办结' }, transitions: [] },
  grants: {},
})

test('lines that begin as a template’s are a checklist: the template’s words are given, one finding, then what is said of it', () => {
  const parts = checklistOf(visit.fields.answers)
  assert.deepEqual(parts, { given: ['point', 'weight'], verdict: 'verdict', rest: ['note'], good: 'passed' })
  assert.equal(checklistOf(fields.lots), undefined, 'lines of no template stay a grid')
  if (!parts) return
  const lines = [{ point: '甲', verdict: 'failed' }, { point: '乙' }]
  assert.deepEqual(restIsGood(lines, parts), [
    { point: '甲', verdict: 'failed' },
    { point: '乙', verdict: 'passed' },
  ])
  assert.equal(lines[1]?.verdict, undefined, 'what was entered is not changed in place')
})

test('lines of more fields than stand side by side are a block each, never a grid that scrolls sideways', () => {
  assert.equal(gridFits(fields.lots.fields, 1140), true)
  const many = Object.fromEntries(
    Array.from({ length: 12 }, (_, n) => [`f${n}`, text({ title: `第 ${n} 项`, required: true })]),
  )
  assert.equal(gridFits(many, 1140), false)
  assert.equal(gridFits(fields.lots.fields, 400), false)
})

test('a narrow window leaves out what is worth least, never what names a record, its state or what is wrong with it', () => {
  const columns = ['number', 'at', 'subject', 'place', 'clerk', 'result', 'state', 'ownerTitle'].map((name) => ({
    name,
    field: (visit.fields as Fields)[name],
  }))
  assert.deepEqual(leastWorthFirst(visit, columns), ['ownerTitle', 'clerk', 'place'])
  const { about: _, ...own } = visit
  assert.deepEqual(leastWorthFirst(own, columns), ['clerk', 'place', 'subject', 'ownerTitle'], 'whose it is goes last')
})

const plain = (_: unknown, value: unknown) => String(value ?? '')

test('history says what changed: fields, lines by their number, photos by their count, and nothing that stayed', () => {
  const before = { place: '甲街', answers: [{ point: '一' }, { point: '二' }], photos: ['a', 'b'] }
  const after = {
    place: '乙街',
    answers: [{ point: '一' }, { point: '二', note: '已改' }, { point: '三' }],
    photos: ['b', 'c'],
  }
  assert.deepEqual(differences(visit.fields, before, after, plain), [
    { title: '地点', before: '甲街', after: '乙街' },
    { title: '记录 第 2 行 · 说明', before: '', after: '已改' },
    { title: '记录 第 3 行', before: '', after: '三' },
    { title: '照片', before: '去掉 1 张', after: '加了 1 张' },
  ])
  const gone = differences(visit.fields, after, { ...after, answers: [{ point: '一' }] }, plain)
  assert.deepEqual(gone, [
    { title: '记录 第 2 行', before: '二，已改', after: '' },
    { title: '记录 第 3 行', before: '三', after: '' },
  ])
  assert.deepEqual(differences(visit.fields, before, structuredClone(before), plain), [])
})

test('lines filled for the first time come folded as one, and say themselves when they are opened', () => {
  const answers = [{ point: '一' }, { point: '二' }]
  assert.deepEqual(differences(visit.fields, {}, { answers }, plain), [
    { title: '记录', before: '', after: '填了 2 行', lines: ['一', '二'] },
  ])
  const one = differences(visit.fields, {}, { answers: answers.slice(0, 1) }, plain)
  assert.deepEqual(one, [{ title: '记录 第 1 行', before: '', after: '一' }], 'a single line is said at once')
})

test('a step and a void stand first among what changed, the void with its reason', () => {
  const open = { state: 'open', place: '甲街' } as unknown as Row
  assert.deepEqual(versionDifferences(visit, open, { ...open, state: 'closed', place: '乙街' }, plain), [
    { title: '状态', before: '检查中', after: '已办结' },
    { title: '地点', before: '甲街', after: '乙街' },
  ])
  assert.deepEqual(versionDifferences(visit, open, { ...open, state: 'void', voidReason: '重复' }, plain), [
    { title: '状态', before: '检查中', after: '作废：重复' },
  ])
})

test('where one is signed in is said in two words, an unknown browser in its own', () => {
  const windows =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36'
  assert.equal(agentWord(windows), 'Chrome · Windows')
  assert.equal(agentWord(`${windows} Edg/140.0`), 'Edge · Windows')
  assert.equal(agentWord('Mozilla/5.0 (Linux; Android 15) Chrome/140.0 MicroMessenger/8.0'), '微信 · 安卓')
  assert.equal(agentWord('curl/8.5'), 'curl/8.5')
})

test('what holds until a day is warned of on the days of the rules table, the nearer the louder', () => {
  const said = (until?: string) => endSoon(until, '2026-11-21', [60, 30, 7])
  assert.equal(said(), null, 'it holds until revoked')
  assert.equal(said('2027-01-21'), null, '61 days')
  assert.deepEqual(said('2027-01-20'), { tone: 'info', text: '还有 60 天到期' })
  assert.deepEqual(said('2026-12-21'), { tone: 'warn', text: '还有 30 天到期' })
  assert.deepEqual(said('2026-11-28'), { tone: 'bad', text: '还有 7 天到期' })
  assert.deepEqual(said('2026-11-21'), { tone: 'bad', text: '今天到期' })
  assert.deepEqual(said('2026-11-20'), { tone: 'bad', text: '已到期' })
  assert.equal(endSoon('2026-11-21', '2026-11-21'), null, 'without days nothing is warned of')
})

test('a search that finds nothing can say which fields are found by their whole text alone', () => {
  const worker = {
    fields: { name: text({ title: '姓名', class: 'personal' }), place: text({ title: '地点' }) },
    list: { columns: ['name'], search: ['name', 'place'] },
  }
  assert.deepEqual(wholeOnly(worker), ['姓名'])
  assert.deepEqual(wholeOnly({ ...worker, list: { columns: ['name'], search: ['place'] } }), [])
})

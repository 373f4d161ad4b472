import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  choice,
  code,
  day,
  documentNumber,
  file,
  instant,
  kind,
  lines,
  money,
  number,
  photo,
  place,
  quantity,
  reference,
  signature,
  text,
  validity,
} from '../../src/language/index.ts'
import { continues, headOf, matchHeads, readRecord, rowsOf, sheetOf } from '../../src/language/sheet.ts'

const regions = new Map([['450204', '柳南区']])
const known: Record<string, string> = { 甲厂: '01a00000-0000-7000-8000-000000000001' }
const words = {
  regions,
  title: (_: string, id: string) => Object.keys(known).find((title) => known[title] === id),
  resolve: (_: string, given: string) => (known[given] ? { id: known[given] } : { wrong: `“${given}”没有找到` }),
}

const delivery = kind({
  name: 'delivery',
  title: '送货',
  help: '示例。',
  clauses: [],
  schemaVersion: 1,
  fields: {
    serial: documentNumber({ title: '文书编号', series: '送' }),
    at: instant({ title: '时间', required: true }),
    from: reference({ title: '供应商', to: 'subject', required: true }),
    day: day({ title: '日期' }),
    quarter: text({ title: '片区' }),
    district: code({ title: '县区', table: 'region' }),
    pieces: number({ title: '件数' }),
    price: money({ title: '金额' }),
    weight: quantity({ title: '重量', units: ['KGM', 'TNE'] }),
    heat: quantity({ title: '温度', units: ['CEL'], min: '-40' }),
    kept: validity({ title: '有效期' }),
    spot: place({ title: '位置' }),
    way: choice({ title: '方式', options: { road: '公路', rail: '铁路' } }),
    pictures: photo({ title: '照片' }),
    papers: file({ title: '附件' }),
    hand: signature({ title: '签名' }),
    secret: text({ title: '密钥', class: 'secret' }),
    goods: lines({
      title: '货物',
      required: true,
      fields: {
        name: text({ title: '名称', required: true }),
        weight: quantity({ title: '重量', units: ['KGM', 'GRM'], required: true }),
        made: day({ title: '生产日期' }),
      },
    }),
    checks: lines({ title: '检查', fields: { point: text({ title: '项目', required: true }) } }),
  } as never,
  titleFields: ['at'],
  list: { columns: ['at'] },
  grants: {},
})
const sheet = sheetOf(delivery, { regions })
const at = (title: string): number => sheet.columns.findIndex((column) => column.title === title)

const record = {
  id: '01a00000-0000-7000-8000-00000000000a',
  ownerId: '01a00000-0000-7000-8000-000000000001',
  version: 3,
  state: 'active',
  createdAt: '2026-11-20T01:00:00.000Z',
  serial: '送〔2026〕1号',
  at: '2026-11-20T17:30:05.120Z',
  from: known.甲厂,
  day: '2026-11-20',
  district: '450204',
  pieces: 12,
  price: 1205,
  weight: { value: '0.5', unit: 'TNE' },
  heat: { value: '-18.5', unit: 'CEL' },
  kept: { from: '2026-01-01', until: '2026-12-31' },
  spot: { lng: 109.411703, lat: 24.314617 },
  way: 'rail',
  pictures: ['a'.repeat(64)],
  papers: [{ name: '单据.pdf', sha256: 'b'.repeat(64) }],
  hand: { name: '示例人', at: '2026-11-20T01:00:00.000Z', image: 'c'.repeat(64) },
  secret: '不可外传',
  goods: [
    { name: '粉', weight: { value: '25', unit: 'KGM' }, made: '2026-11-01' },
    { name: '油', weight: { value: '500', unit: 'GRM' } },
  ],
  checks: [{ point: '温度' }, { point: '封签' }, { point: '单据' }],
}

test('every type of field is flat and readable, a part of a column each, lines in rows; the record read back is the record', () => {
  const rows = rowsOf(sheet, record, words)
  assert.equal(rows.length, 3)
  const first = rows[0] as string[]
  for (const [title, told] of [
    ['单号', record.id],
    ['时间', '2026-11-21 01:30:05.120'],
    ['供应商', '甲厂'],
    ['县区', '柳南区'],
    ['金额（元）', '12.05'],
    ['温度（℃）', '-18.5'],
    ['有效期起', '2026-01-01'],
    ['有效期止', '2026-12-31'],
    ['位置经度', '109.411703'],
    ['方式', '铁路'],
    ['货物·重量单位', '千克'],
    ['登记时间', '2026-11-20 09:00'],
  ] as const)
    assert.equal(first[at(title)], told, title)
  assert.equal(rows[1]?.[at('供应商')], '甲厂')
  const { value, problems, key } = readRecord(sheet, rows, words)
  assert.deepEqual(problems, [])
  assert.equal(key, record.id)
  const { id, ownerId, version, state, createdAt, serial, pictures, papers, hand, secret, ...fields } = record
  assert.deepEqual(value, fields)
})

test('what the system writes, pictures and secrets are never read from a sheet, and secrets never written to one', () => {
  assert.equal(at('密钥'), -1)
  const rows = rowsOf(sheet, record, words)
  assert.ok(!JSON.stringify(rows).includes('不可外传'))
  for (const title of ['文书编号', '照片', '附件', '签名', '记录状态'])
    assert.equal(sheet.columns[at(title)]?.readable, false, title)
})

test('two columns of one name are told apart by their lines, and heads are known without stars, spaces and width', () => {
  assert.ok(at('重量') > 0 && at('货物·重量') > 0)
  const heads = sheet.columns.filter(({ readable }) => readable).map(headOf)
  assert.ok(heads.includes('供应商*'))
  const matched = matchHeads(sheet, [
    '单 号',
    '供应商＊',
    ' 时间 ',
    '温度(℃)',
    '货物·名称',
    '货物·重量',
    '货物·重量单位',
    '别的',
  ])
  assert.deepEqual(matched.unknown, ['别的'])
  assert.deepEqual(matched.missing, [])
  assert.ok(matched.columns.slice(0, 7).every((index) => index >= 0))
  assert.deepEqual(matchHeads(sheet, ['时间', '名称']).missing, ['供应商', '货物·重量', '货物·重量单位'])
})

const row = (values: Record<string, string>): string[] => sheet.columns.map(({ title }) => values[title] ?? '')

test('rows are one record by the same 单号, by a blank head, or by an equal head without 单号', () => {
  const head = { 时间: '2026-11-20 09:30', 供应商: '甲厂' }
  const numbered = row({ 单号: '1', ...head, 名称: '粉' })
  assert.ok(continues(sheet, numbered, row({ 单号: '1', 名称: '油' })))
  assert.ok(continues(sheet, numbered, row({ 名称: '油' })))
  assert.ok(!continues(sheet, numbered, row({ 单号: '2', ...head, 名称: '油' })))
  assert.ok(!continues(sheet, numbered, row({ ...head, 名称: '油' })))
  const plain = row({ ...head, 名称: '粉' })
  assert.ok(continues(sheet, plain, row({ ...head, 名称: '油' })))
  assert.ok(!continues(sheet, plain, row({ ...head, 时间: '2026-11-20 09:31', 名称: '油' })))
})

test('a problem stands at the row and column of its cell, in the head, in a line and in one part of a field', () => {
  const rows = [
    row({ 单号: '1', 时间: '2026-11-20 09:30', 供应商: '乙厂', 名称: '粉', 货物·重量: '25', 货物·重量单位: '千克' }),
    row({ 单号: '1', 供应商: '丙厂', 名称: '油', 货物·重量: '25' }),
    row({ 单号: '1', 货物·重量: '1', 货物·重量单位: '升', 生产日期: '2026-13-01' }),
  ]
  const { problems } = readRecord(sheet, rows, words)
  const told = problems.map(({ row, column, text }) => `${row} ${sheet.columns[column]?.title}: ${text}`)
  assert.deepEqual(told.sort(), [
    '0 供应商: 供应商“乙厂”没有找到',
    '1 供应商: 供应商与这份单据第一行的不同',
    '1 货物·重量单位: 重量请填写单位：千克、克',
    '2 名称: 请填写名称',
    '2 生产日期: 生产日期应为真实的日期，如 2026-11-20',
    '2 货物·重量单位: 重量的单位应为千克、克',
  ])
})

test('amounts with their unit in one cell, yuan with signs, thousands and codes of choices are understood', () => {
  const given = row({
    时间: '2026年11月20日 9时30分',
    供应商: '甲厂',
    重量: '1,250.50吨',
    '金额（元）': '￥1,234.5',
    件数: '１２',
    方式: 'rail',
    县区: '450204',
    名称: '粉',
    货物·重量: '25 kgm',
  })
  const { value, problems } = readRecord(sheet, [given], words)
  assert.deepEqual(problems, [])
  assert.deepEqual(value.weight, { value: '1250.5', unit: 'TNE' })
  assert.equal(value.price, 123450)
  assert.equal(value.pieces, 12)
  assert.equal(value.way, 'rail')
  assert.equal(value.at, '2026-11-20T01:30:00.000Z')
})

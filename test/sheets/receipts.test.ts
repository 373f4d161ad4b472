import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { enterprise, openTown, type Person, type Town } from '../people.ts'
import { workbook } from './books.ts'
import { bytesOf, imported, settled, staged, type Taken } from './files.ts'

const kind = 'material-receipt'
let town: Town
let supplier: Person

before(async () => {
  town = await openTown()
  supplier = await enterprise(town.server, town.city, '450204', '示例供应商')
  for (let n = 0; n < 2; n++) await enterprise(town.server, town.city, '450203', '同名供应商')
})
after(() => town.server.close())

const heads = [
  '单号',
  '到货时间',
  '供应商',
  '送货单号',
  '名称',
  '商品条码',
  '批号',
  '数量',
  '数量单位',
  '生产日期',
  '保质期（天）',
  '合格证明',
  '不合格处理',
  '验收人',
]
const line = (key: string, from: string, lot: string, more: Partial<Record<string, string>> = {}): string[] =>
  heads.map(
    (head) =>
      ({
        单号: key,
        到货时间: '2026-11-20 09:30',
        供应商: from,
        送货单号: `D${key}`,
        名称: '干米粉',
        商品条码: '06901234567892',
        批号: lot,
        数量: '25',
        数量单位: '千克',
        生产日期: '2026-11-01',
        '保质期（天）': '180',
        合格证明: '有，合格',
        验收人: '示例验收员',
        ...more,
      })[head] ?? '',
  )

const receipts = async () =>
  (
    await town.factory.call<{ items: { id: string; lots: { lot: string }[]; supplier: string; eventId: string }[] }>(
      'GET',
      `/api/v1/records/${kind}?limit=200`,
    )
  ).body.items
const told = (taken: Taken) =>
  taken.items.flatMap(({ problems }) => problems.map(({ cell, text }) => `${cell} ${text}`))

test('[E5.2.2.a] receipts of several lots come from rows, each with the event of what happened to the goods', async () => {
  const file = await workbook([
    heads,
    line('1', '示例供应商', 'L1'),
    line('1', '', 'L2', { 到货时间: '', 送货单号: '', 验收人: '' }),
    line('2', '示例供应商', 'L3'),
  ])
  const taken = await imported(town, town.factory, kind, file)
  assert.deepEqual([taken.counts.written, taken.counts.bad], [2, 0], told(taken).join())
  const rows = await receipts()
  assert.deepEqual(rows.map(({ lots }) => lots.map(({ lot }) => lot)).sort(), [['L1', 'L2'], ['L3']])
  assert.ok(rows.every((row) => row.supplier === supplier.ownerId))
  const events = await town.server.sql`select 1 from event`
  assert.equal(events.length, 2)
  assert.equal((await imported(town, town.factory, kind, file)).counts.known, 2)
  assert.equal((await town.server.sql`select 1 from event`).length, 2)
})

test('a supplier is named by its title, its credit code or its location number; two of one name are told apart by code', async () => {
  const [own] = await town.server.sql<{ uscc: string; gln: string }[]>`
    select uscc, gln from subject where id = ${supplier.ownerId}`
  const [same] = await town.server.sql<{ uscc: string }[]>`select uscc from subject where name = '同名供应商' limit 1`
  const file = await workbook([
    heads,
    line('a', own?.uscc.toLowerCase() ?? '', 'N1'),
    line('b', own?.gln ?? '', 'N2'),
    line('c', same?.uscc ?? '', 'N3'),
    line('d', '同名供应商', 'N4'),
    line('e', '没有这家', 'N5'),
    line('f', '示例450200局', 'N6'),
  ])
  const taken = await staged(town, town.factory, kind, file)
  assert.deepEqual([taken.counts.good, taken.counts.bad], [3, 3])
  const wrong = told(taken)
  assert.match(wrong[0] ?? '', /^C5 供应商“同名供应商”有 2 个同名的，请改填统一社会信用代码或/)
  assert.match(wrong[1] ?? '', /^C6 供应商“没有这家”没有找到/)
  assert.match(wrong[2] ?? '', /^C7 供应商“示例450200局”没有找到/)
})

test('what an export says of one of two of one name can be read back, and a name with the code of another is refused', async () => {
  const both = await town.server.sql<{ id: string; uscc: string }[]>`
    select id, uscc from subject where name = '同名供应商' order by id`
  const [first, second] = both
  const file = await workbook([heads, line('x', second?.uscc ?? '', 'X1')])
  await imported(town, town.factory, kind, file)
  const text = String(await bytesOf(town, town.factory, `/api/v1/records/${kind}/export?format=csv`))
  const said = /同名供应商（[^）]+）/.exec(text)?.[0] ?? ''
  assert.ok([`同名供应商（${second?.uscc}）`, `同名供应商（${second?.id}）`].includes(said), said)
  assert.match(text.split('\r\n')[0] ?? '', /,单位,/)
  const again = await workbook([
    heads,
    line('y', said, 'X2'),
    line('z', `同名供应商（${first?.id}）`, 'X3'),
    line('w', `示例供应商（${first?.uscc}）`, 'X4'),
  ])
  const taken = await imported(town, town.factory, kind, again)
  assert.equal(taken.counts.written, 2)
  const rows = await receipts()
  const whose = (lot: string) => rows.find(({ lots }) => lots.some((each) => each.lot === lot))?.supplier
  assert.equal(whose('X2'), second?.id)
  assert.equal(whose('X3'), first?.id)
  assert.equal(whose('X4'), undefined)
})

test('rules between fields are judged before anything is written, and 单号 that stands apart is refused', async () => {
  const before = (await receipts()).length
  const file = await workbook([
    heads,
    line('x', '示例供应商', 'R1', { 合格证明: '不合格' }),
    line('y', '示例供应商', 'R2', { 商品条码: '06901234567893' }),
    line('z', '示例供应商', 'R3'),
    line('x', '示例供应商', 'R4'),
  ])
  const taken = await imported(town, town.factory, kind, file)
  assert.deepEqual([taken.counts.written, taken.counts.bad], [1, 3])
  const wrong = told(taken).join('\n')
  for (const part of [/不合格的批次请写明怎样处理/, /F3 商品条码位数或校验位不对/, /A5 单号与第 2 行相同/])
    assert.match(wrong, part)
  assert.equal((await receipts()).length, before + 1)
})

test('an exported row that was altered is refused at its cell: an import never changes a record behind its version', async () => {
  const exported = (await bytesOf(town, town.factory, `/api/v1/records/${kind}/export?format=csv`)).toString()
  const altered = Buffer.from(exported.replace('示例验收员', '另一人'))
  const taken = await imported(town, town.factory, kind, altered)
  assert.equal(taken.counts.bad, 1)
  assert.equal(taken.counts.written, 0)
  assert.match(told(taken)[0] ?? '', /验收人与(系统里这条|这份单据)/)
})

test('what is refused while a file is written is said at its cell, the rest of the file is written and said to be', async () => {
  const leaving = await enterprise(town.server, town.city, '450203', '将注销的供应商')
  const file = await workbook([
    heads,
    line('p', '示例供应商', 'W1'),
    line('q', '将注销的供应商', 'W2'),
    line('r', '示例供应商', 'W3'),
  ])
  const { id, counts } = await staged(town, town.factory, kind, file)
  assert.equal(counts.good, 3)
  const filed = await town.city.call<{ version: number }>('GET', `/api/v1/records/subject/${leaving.ownerId}`)
  const gone = { version: filed.body.version, reason: '示例：已注销' }
  assert.equal((await town.city.call('POST', `/api/v1/records/subject/${leaving.ownerId}/void`, gone)).status, 200)
  await town.factory.call('POST', `/api/v1/imports/${id}/commit`)
  const done = await settled(town.factory, id)
  const { good, written, refused } = done.counts
  assert.deepEqual([done.state, good, written, refused], ['done', 0, 2, 1])
  assert.deepEqual(
    done.items.map(({ number, state }) => [number, state]),
    [
      [2, 'written'],
      [3, 'refused'],
      [4, 'written'],
    ],
  )
  assert.deepEqual(told(done), ['C3 没有找到所选的供应商'])
  for (const [state, numbers] of [
    ['good', []],
    ['written', [2, 4]],
    ['refused', [3]],
  ] as const) {
    const page = await settled(town.factory, id, `?state=${state}`)
    assert.deepEqual(
      page.items.map(({ number }) => number),
      numbers,
    )
  }
})

test('an authority reads the names of its county’s receipts in an export, and another county none of them', async () => {
  const own = (await bytesOf(town, town.county, `/api/v1/records/${kind}/export?format=csv`)).toString()
  assert.match(own, /示例食品厂甲/)
  assert.match(own, /示例供应商/)
  const other = (await bytesOf(town, town.otherCounty, `/api/v1/records/${kind}/export?format=csv`)).toString()
  assert.equal(other.trim().split('\n').length, 1)
})

test('[A8.6.3.b] an export stands in the audit store with who, what and how much', async () => {
  const [entry] = await town.server.sql<{ rows: number; kind: string; who: string }[]>`
    select rows, object_kind as kind, owner_title as who from audit where act = 'exported' order by id desc limit 1`
  assert.ok(entry)
  assert.equal(entry.kind, kind)
})

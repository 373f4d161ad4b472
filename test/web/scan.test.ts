import assert from 'node:assert/strict'
import { test } from 'node:test'
import { code, day, lines, quantity, text } from '../../src/language/fields/index.ts'
import { burstReader } from '../../src/web/scan/burst.ts'
import { filled, valuesOf } from '../../src/web/scan/fill.ts'
import { readScan } from '../../src/web/scan/read.ts'

const gtin = '09524500000106'

test('element strings as scanners send them and as people write them say the same', () => {
  const said = { gtin, lot: 'A20261120', producedOn: '2026-11-18', expiresOn: '2027-05-31' }
  const strings = [
    `]d201${gtin}112611181727050010A20261120`,
    `01${gtin}112611181727050010A20261120`,
    `(01)${gtin}(11)261118(17)270500(10)A20261120`,
    `]C110A20261120\u001d01${gtin}1126111817270500`,
  ]
  for (const string of strings) {
    const { text: _, ...scanned } = readScan(string)
    assert.deepEqual(scanned, said, string)
  }
})

test('a Digital Link, a bare bar code and a pallet are known; other text stays text', () => {
  assert.deepEqual(readScan(`https://example.org/01/${gtin}/10/L1/21/S9?17=270531`), {
    text: `https://example.org/01/${gtin}/10/L1/21/S9?17=270531`,
    gtin,
    lot: 'L1',
    serial: 'S9',
    expiresOn: '2027-05-31',
  })
  assert.equal(readScan('9524500000106').gtin, '9524500000106')
  assert.equal(readScan('9524500000107').gtin, undefined, 'a wrong check digit is no bar code')
  assert.equal(readScan('(00)095245000000000014').sscc, '095245000000000014')
  assert.deepEqual(readScan('SH-20261120-01'), { text: 'SH-20261120-01' })
  assert.deepEqual(readScan('http://example.org/hello'), { text: 'http://example.org/hello' })
})

const fields = {
  supplier: text({ title: '供应商' }),
  lots: lines({
    title: '批次',
    fields: {
      gtin: code({ title: '商品条码', table: 'gtin', required: true }),
      lot: text({ title: '批号' }),
      quantity: quantity({ title: '数量', units: ['KGM', 'EA'] }),
      producedOn: day({ title: '生产日期' }),
    },
  }),
}

test('goods, lot, day and weight fill the fields of one line together, and each further scan is a line', () => {
  const first = filled(fields, { lots: [{}] }, '/lots', readScan(`(01)${gtin}(11)261118(3103)001500(10)L1`))
  assert.deepEqual(first?.changed.lots, [
    { gtin, lot: 'L1', producedOn: '2026-11-18', quantity: { value: '1.5', unit: 'KGM' } },
  ])
  const second = filled(fields, first?.changed ?? {}, '/lots', readScan(`(01)${gtin}(10)L2`))
  assert.equal(second?.line, 1)
  assert.equal(((second?.changed.lots ?? []) as { lot: string }[])[1]?.lot, 'L2')
})

test('a scan into one line changes that line, and what a scan cannot say is left', () => {
  const before = { lots: [{ gtin, lot: 'L1' }, { lot: 'X' }] }
  const scan = filled(fields, before, '/lots/1/gtin', readScan('9524500000106'))
  assert.deepEqual(((scan?.changed.lots ?? []) as object[])[1], { gtin: '9524500000106', lot: 'X' })
  assert.equal(filled(fields, before, '/lots', readScan('hello')), undefined)
})

test('what stands on a label is scanned into its text: the lot out of a code, else the code itself', () => {
  const complaint = { code: text({ title: '追溯码或批号', scanned: true }), food: text({ title: '食品' }) }
  const link = `https://id.gs1.org/01/09524500000106/10/A1`
  assert.deepEqual(filled(complaint, {}, '/code', readScan(link)), { changed: { code: link } })
  const test = { lot: text({ title: '批号', scanned: true }) }
  assert.deepEqual(filled(test, {}, '/lot', readScan(link)), { changed: { lot: 'A1' } })
})

test('certificates are read for the number that the field holds', () => {
  const subject = {
    uscc: code({ title: '信用代码', table: 'uscc' }),
    licence: code({ title: '许可证', table: 'food-licence' }),
  }
  const scanned = readScan('https://example.org/?uniscid=91450200MA50000223&no=SC10145020000001')
  assert.deepEqual(valuesOf(subject, scanned), { uscc: '91450200MA50000223', licence: 'SC10145020000001' })
})

test('only keys faster than a hand, ended by Enter, are a scanner', () => {
  const read = burstReader()
  const type = (keys: string[], gap: number, from: number) =>
    keys.map((key, index) => read({ key, at: from + index * gap })).at(-1)
  assert.equal(type([...'9524500000106', 'Enter'], 8, 1000), '9524500000106')
  assert.equal(type([...'9524500000106', 'Enter'], 120, 5000), undefined)
  assert.equal(type([...'123', 'Enter'], 8, 9000), undefined, 'too short to be a code')
  assert.equal(
    type(['x', ...'ABC', 'Shift', ...'D12345', 'Control', 'GS', '9', 'Enter'], 5, 12_000),
    'xABCD12345\u001d9',
  )
  const slow = burstReader()
  for (const [index, key] of [...'abc'].entries()) slow({ key, at: index * 300 })
  for (const [index, key] of [...'12345678'].entries()) slow({ key, at: 2000 + index * 5 })
  assert.equal(slow({ key: 'Enter', at: 2045 }), '12345678', 'what was typed before the scanner is not part of it')
  for (const [index, key] of [...'abc'].entries()) slow({ key, at: 4000 + index * 200 })
  for (const [index, key] of [...'12345678'].entries()) slow({ key, at: 4600 + index * 5 })
  assert.equal(slow({ key: 'Enter', at: 4645 }), '12345678', 'nor where the scanner follows at once')
})

test('a machine that stalls under a scan splits none: late keys come together, and the whole is faster than any hand', () => {
  const read = burstReader()
  const code = [...'9524500000106', 'Enter']
  for (const stalledAt of code.keys()) {
    const at = (index: number) => 10_000 * (stalledAt + 1) + index * 8 + (index >= stalledAt ? 180 : 0)
    assert.equal(code.map((key, index) => read({ key, at: at(index) })).at(-1), '9524500000106', `at ${stalledAt}`)
  }
  const hand = [0, 150, 190, 330, 370, 520, 560, 700, 740, 890]
  assert.equal(hand.map((at, index) => read({ key: index < 9 ? '1' : 'Enter', at: 900_000 + at })).at(-1), undefined)
})

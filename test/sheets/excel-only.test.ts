import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCells } from '../../src/language/cells.ts'
import type { Field } from '../../src/language/index.ts'
import { readXlsx } from '../../src/platform/sheets/xlsx-read.ts'
import { workbook } from './books.ts'

const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const formats = [0, 14, 20, 9, 10, 170, 46]
const styles = `<styleSheet xmlns="${main}"><numFmts><numFmt numFmtId="170" formatCode="0.0%"/></numFmts><cellXfs>${formats.map((id) => `<xf numFmtId="${id}"/>`).join('')}</cellXfs></styleSheet>`
const style = (format: number) => formats.indexOf(format)

/** What is read of cells that only a spreadsheet can hold. */
async function read(cells: string[], odd: { book?: string } = {}): Promise<string[]> {
  const { rows } = await readXlsx(await workbook([cells], { ...odd, files: { 'xl/styles.xml': styles } }), '')
  const found = []
  for await (const batch of rows) found.push(...batch)
  assert.equal(found[0]?.wrong, undefined)
  return found[0]?.cells ?? []
}

test('how a word is spoken stands beside it in a cell and is no part of it', async () => {
  const spoken = '<is><r><t>东</t></r><r><t>京</t></r><rPh sb="0" eb="1"><t>とう</t></rPh><phoneticPr fontId="1"/></is>'
  assert.deepEqual(await read([`<c t="inlineStr">${spoken}</c>`, '后一格']), ['东京', '后一格'])
})

test('a time without a day is a time, never one of the year 1899', async () => {
  const cell = `<c s="${style(20)}"><v>0.30555555555555558</v></c>`
  assert.deepEqual(await read([cell]), ['07:20'])
  assert.deepEqual(await read([cell], { book: '<workbookPr date1904="1"/>' }), ['07:20'])
  const instant = { type: 'instant', title: '时间' } as Field
  assert.ok('wrong' in readCells(instant, ['07:20'], {} as never))
})

test('days are counted from 1900 or from 1904, as the workbook says', async () => {
  const cell = (serial: number) => `<c s="${style(14)}"><v>${serial}</v></c>`
  assert.deepEqual(await read([cell(46346), cell(59), cell(61)]), ['2026-11-20', '1900-02-28', '1900-03-01'])
  assert.deepEqual(await read([cell(44884)], { book: '<workbookPr date1904="1"/>' }), ['2026-11-20'])
  assert.deepEqual(await read(['<c t="d"><v>2026-11-20T07:20:00</v></c>']), ['2026-11-20 07:20:00'])
})

test('a share is read as it is shown, with its sign, and not a hundredth of it', async () => {
  const cell = (format: number, value: string) => `<c s="${style(format)}"><v>${value}</v></c>`
  const shown = await read([cell(9, '0.65'), cell(10, '0.07'), cell(170, '1.155'), cell(0, '0.65'), cell(9, '0')])
  assert.deepEqual(shown, ['65%', '7%', '115.5%', '0.65', '0%'])
  // Excel makes such a cell of `28%` by itself: oil of 28 % has gone bad, of 0.28 % it would be the best.
  const polar = { type: 'quantity', title: '极性组分', units: ['P1'] } as never as Field
  const [amount = ''] = await read([cell(9, '0.28')])
  assert.deepEqual(readCells(polar, [amount], {} as never), { value: { value: '28', unit: 'P1' } })
})

test('what is no number stays what it is, whatever its cell should show', async () => {
  assert.deepEqual(await read([`<c s="${style(14)}"><v>待定</v></c>`, '<c t="b"><v>0</v></c>']), ['待定', 'FALSE'])
})

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { look, noBrowser, phone } from '../browser.ts'
import { type City, heading, openCity } from './desk.ts'

let city: City

before(async () => {
  if (!noBrowser) city = await openCity()
})
after(async () => {
  await city?.close()
})

const head = '菜品,餐次,留样时间,留样量（克）,留样柜,留样人'
const csv = (rows: string[]) => Buffer.from(`\ufeff${[head, ...rows].join('\r\n')}\r\n`)
const good = (number: number) => `示例导入菜 ${number},午餐,2026-11-20 11:30,150,1 号柜,示例留样员`

test('a file is judged before anything is written: errors stand at their cells, good rows are written once, the rest comes back as a file', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('shitang')
  await page.goto('/records/retained-sample')
  await page.getByRole('button', { name: '更多' }).click()
  await page.getByRole('link', { name: '从 Excel 导入' }).click()
  await heading(page, /从 Excel 导入食品留样/)
  const template = page.waitForEvent('download')
  await page.getByRole('link', { name: '下载食品留样模板' }).click()
  assert.match((await template).suggestedFilename(), /食品留样模板.*\.xlsx$/)

  const bytes = csv([good(1), good(2), '示例导入菜 3,夜宵,2026-11-20 11:30,很多,1 号柜,示例留样员'])
  const file = { name: '留样.csv', mimeType: 'text/csv', buffer: bytes }
  await page.locator('input[type=file]').setInputFiles(file)
  await heading(page, /2 条可以导入，1 条要改正/)
  const wrong = page.locator('.wrongcell')
  await wrong.filter({ hasText: '夜宵' }).waitFor()
  await wrong.filter({ hasText: '很多' }).waitFor()
  assert.equal(await wrong.count(), 2)
  await look(page, 'import-preview')
  const before = await city.server.sql`select id from retained_sample where dish like '示例导入菜 %'`
  assert.equal(before.length, 0, 'nothing is written before it is confirmed')

  await page.getByRole('button', { name: '导入 2 条' }).click()
  await heading(page, /写入 2 条，1 条没有写入/)
  const errors = page.waitForEvent('download')
  await page.getByRole('link', { name: '下载待改正的 1 条' }).click()
  assert.equal(
    readFileSync(await (await errors).path())
      .subarray(0, 2)
      .toString(),
    'PK',
  )
  const written = await city.server.sql`select id from retained_sample where dish like '示例导入菜 %'`
  assert.equal(written.length, 2)

  // The same file again writes nothing twice.
  await page.getByRole('link', { name: '再导入一个文件' }).click()
  await page.locator('input[type=file]').setInputFiles(file)
  await page.getByText('2 条与已有的相同').waitFor()
  assert.equal(await page.getByRole('button', { name: /^导入/ }).count(), 0)
})

test('a file that cannot be read says why, and the page fits a phone', { skip: noBrowser }, async () => {
  const page = await city.enter('shitang', 'phone')
  await page.goto('/records/retained-sample/import')
  await heading(page, /从 Excel 导入食品留样/)
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), phone.width)
  await page.locator('input[type=file]').setInputFiles({
    name: '坏的.xlsx',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from('PK\u0003\u0004 no'),
  })
  await heading(page, /文件没有读成/)
  // Where nothing was read there is nothing to show: template and next try stand here.
  await page.getByText('1. 下载模板').waitFor()
  await look(page, 'import-unreadable')
})

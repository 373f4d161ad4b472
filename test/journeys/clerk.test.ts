import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { look, noBrowser } from '../browser.ts'
import { type City, heading, openCity } from './desk.ts'

let city: City

before(async () => {
  if (!noBrowser) city = await openCity()
})
after(async () => {
  await city?.close()
})

/** A photo as a camera gives it: larger than what is kept. */
async function photo(page: Page): Promise<Buffer> {
  const url = await page.evaluate<string>(`(() => {
    const canvas = document.createElement('canvas')
    canvas.width = 2400
    canvas.height = 1800
    const pen = canvas.getContext('2d')
    pen.fillStyle = '#c9b28a'
    pen.fillRect(0, 0, 2400, 1800)
    pen.fillStyle = '#333'
    pen.font = '160px sans-serif'
    pen.fillText('示例送货单', 300, 500)
    return canvas.toDataURL('image/jpeg', 0.9)
  })()`)
  return Buffer.from(url.split(',')[1] ?? '', 'base64')
}

async function fillLine(page: Page, index: number, values: Record<string, string>): Promise<void> {
  const line = page.locator(`[data-line="/lots/${index}"]`)
  for (const [label, value] of Object.entries(values)) {
    const input = line.getByLabel(label, { exact: true })
    if (label === '合格证明') await input.selectOption({ label: value })
    else await input.fill(value)
    if (label === '生产日期') await input.press('Enter')
  }
}

test('a clerk receives goods: the mistake in a line is shown at its field, mended, and saved with its photo', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('changjia')
  await page.getByRole('link', { name: '＋ 登记原料进货查验' }).click()
  await heading(page, /登记原料进货查验/)
  await page.getByLabel('供应商').click()
  await page.keyboard.type('米业')
  await page.getByTitle('示例米业丙').click()
  await page.getByLabel('送货单号').fill('SH-20261120-01')
  const good = {
    名称: '籼米粉',
    商品条码: '09524500000014',
    批号: 'RF20261120',
    数量: '800',
    生产日期: '2026-11-18',
    '保质期（天）': '180',
    合格证明: '有，合格',
  }
  await fillLine(page, 0, good)
  await page.getByRole('button', { name: '复制' }).click()
  await fillLine(page, 1, { 商品条码: '09524500000015', 批号: 'RF 2026', 合格证明: '不合格' })
  await page
    .getByLabel('选择照片，或拖到这里')
    .setInputFiles({ name: 'note.jpg', mimeType: 'image/jpeg', buffer: await photo(page) })
  await page.getByAltText('单据和货物照片第 1 张').waitFor()
  await page.getByLabel('验收人').fill('示例验收员')
  await page.getByRole('button', { name: '保存', exact: true }).click()

  const summary = page.locator('.summary')
  await summary.getByText('到货批次 第 2 行 · 批号').waitFor()
  await page.locator('[data-line="/lots/1"]').getByText('批号只能由数字、字母').waitFor()
  await look(page, 'clerk-error')
  await page.locator('[data-line="/lots/1"]').getByLabel('批号', { exact: true }).fill('RF20261120-2')
  await page.getByRole('button', { name: '保存', exact: true }).click()

  // The server alone knows check digits and rules between fields: its refusal stands at the same fields.
  await page.locator('[data-line="/lots/1"]').getByText('校验位不对').waitFor()
  await fillLine(page, 1, { 商品条码: '09524500000014' })
  await page.getByRole('button', { name: '保存', exact: true }).click()
  await summary.getByText('不合格的批次请写明怎样处理').waitFor()
  await fillLine(page, 1, { 不合格处理: '整批退回供应商' })
  await page.getByRole('button', { name: '保存', exact: true }).click()

  await heading(page, /SH-20261120-01/)
  await page.getByText('整批退回供应商').waitFor()
  await page.getByText('收货时的供应商资料').waitFor()
  await look(page, 'clerk-saved')
  const [row] = await city.server.sql<{ photos: string[]; lines: number; event: string }[]>`
    select photos, jsonb_array_length(lots) as lines, event_id as event from material_receipt
    where delivery_note = 'SH-20261120-01'`
  assert.equal(row?.lines, 2)
  assert.equal(row?.photos.length, 1)
  assert.ok(row?.event, 'the receipt is an event too')
  const response = await page.request.get(`/api/v1/files/${row?.photos[0]}`)
  assert.equal(response.headers()['content-type'], 'image/jpeg')
  const width = await page.evaluate(`new Promise((done) => {
    const picture = new Image()
    picture.onload = () => done(picture.naturalWidth)
    picture.src = '/api/v1/files/${row?.photos[0]}'
  })`)
  assert.equal(width, 1600, 'the photo was made small before it was sent')
})

test('what was typed outlives leaving, a reload and the end of the session', { skip: noBrowser }, async () => {
  const page = await city.enter('changjia')
  await page.goto('/records/material-receipt/new')
  await page.getByLabel('送货单号').fill('SH-DRAFT')
  await page.getByText('草稿已存在本机').waitFor()
  await page.getByRole('link', { name: '晨检' }).click()
  await page.getByRole('button', { name: '离开' }).click()
  await heading(page, /晨检/)
  await page.goto('/records/material-receipt/new')
  await page.getByText('没有保存的内容').waitFor()
  await page.locator('[data-at="/deliveryNote"] input[value="SH-DRAFT"]').waitFor()

  await city.server.sql`update session set expires_at = now() - interval '1 minute'`
  // Forced: the menu's own refresh may have learnt it before this click does, and the page takes no clicks then.
  await page.getByLabel('供应商').click({ force: true })
  await page.getByText('登录已过期').waitFor()
  assert.equal(await page.locator('[data-at="/deliveryNote"] input').inputValue(), 'SH-DRAFT')
})

test('two people change one record: the second chooses field by field, and the history tells both', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('changjia')
  await page.goto('/records/material-receipt')
  await page.locator('tbody tr').first().click()
  await page.getByRole('link', { name: '修改' }).click()
  await page.getByLabel('验收人').fill('我改的')
  const id = page.url().split('/').at(-2)
  const address = `/api/v1/records/material-receipt/${id}`
  const { version } = (await (await page.request.get(address)).json()) as { version: number }
  const headers = { 'x-shisu': '1' }
  const data = { version, receiver: '同事改的', remark: '同事加的备注' }
  assert.equal((await page.request.patch(address, { headers, data })).status(), 200)
  await page.getByRole('button', { name: '保存修改' }).click()
  await page.getByText('这条记录刚被别人修改过').waitFor()
  await look(page, 'clerk-conflict')
  await page.locator('.conflict label', { hasText: '我改的' }).click()
  await page.getByRole('button', { name: '按选择保存' }).click()
  await page.locator('.timeline ins', { hasText: '我改的' }).waitFor()
  await page.locator('.facts').getByText('同事加的备注').waitFor()
  await page.getByRole('button', { name: '作废' }).click()
  await page.getByLabel('原因').fill('示例：重复登记')
  await page.getByRole('dialog').getByRole('button', { name: '作废' }).click()
  await page.locator('.note', { hasText: '已作废' }).waitFor()
  assert.equal(await page.getByRole('link', { name: '修改' }).count(), 0)
})

test('codes are issued by a form, and found again in the list of orders', { skip: noBrowser }, async () => {
  const page = await city.enter('changjia')
  await page.getByRole('link', { name: '申领追溯码', exact: true }).click()
  await page.getByRole('textbox', { name: '商品条码' }).fill('09524500000106')
  await page.getByRole('textbox', { name: '批号' }).fill('A20261120-9')
  await page.getByLabel('数量').fill('很多')
  await page.getByRole('button', { name: '申领追溯码' }).click()
  await page.locator('[data-at="/quantity"]').getByText('数量应为整数').waitFor()
  await page.getByLabel('数量').fill('24')
  await page.getByRole('button', { name: '申领追溯码' }).click()
  const result = page.getByRole('status').filter({ hasText: '已办成' })
  await result.getByText('等 24 个').waitFor()
  const link = await result.getByRole('link', { name: '下载全部追溯码（CSV）' }).getAttribute('href')
  const codes = (await (await page.request.get(link ?? '')).text()).trim().split('\r\n')
  assert.equal(codes.length, 25)
  await page.getByRole('link', { name: '追溯码', exact: true }).click()
  await heading(page, /已申领 [\d,]+ 个追溯码/)
  await page.getByRole('link', { name: 'A20261120-9' }).waitFor()
})

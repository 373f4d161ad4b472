import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { drawingsAtRest, look, noBrowser } from '../browser.ts'
import { type City, heading, openCity } from './desk.ts'

let city: City

before(async () => {
  if (!noBrowser) city = await openCity()
})
after(async () => {
  await city?.close()
})

const names = async (page: Awaited<ReturnType<City['enter']>>) => {
  await page.locator('tbody tr').first().waitFor()
  // The first cell chooses the row.
  return page.locator('tbody tr td:nth-child(2)').allTextContents()
}

test('an officer sees the subjects of the own county and no other’s', { skip: noBrowser }, async () => {
  const officer = await city.enter('liunan')
  await officer.getByRole('link', { name: '监管对象', exact: true }).first().click()
  await heading(officer, /监管对象，共 \d+ 条/)
  const own = await names(officer)
  assert.ok(own.includes('示例螺蛳粉厂甲'))
  assert.deepEqual(new Set(await officer.locator('tbody tr td:nth-child(4)').allTextContents()), new Set(['柳南区']))
  await look(officer, 'officer-list')

  const neighbour = await city.enter('yufeng')
  await neighbour.goto('/records/subject')
  await heading(neighbour, /监管对象，共 \d+ 条/)
  const others = await names(neighbour)
  assert.ok(others.length > 0)
  assert.deepEqual(
    others.filter((name) => own.includes(name)),
    [],
    'no subject is seen by both',
  )

  const [row] = await city.server.sql<{ id: string }[]>`select id from subject where name = '示例螺蛳粉厂甲'`
  await neighbour.goto(`/records/subject/${row?.id}`)
  await neighbour.getByText('没有找到这条监管对象，或您无权查看').waitFor()

  await neighbour.getByRole('combobox', { name: '搜索' }).fill('螺蛳粉厂甲')
  await neighbour.getByText('没有找到“螺蛳粉厂甲”').waitFor()
})

test('the city sees every county, narrows by one, and the address keeps what was asked', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('shiju')
  await heading(page, /件事现在需要处置|没有需要处置的事|没有紧急的事/)
  await look(page, 'home-city')
  await page.getByRole('link', { name: '监管对象', exact: true }).first().click()
  await heading(page, /监管对象，共 \d+ 条/)
  const all = await names(page)
  await page.getByLabel('所在县区').click()
  await page.getByTitle('柳南区').click()
  await page.keyboard.press('Escape')
  await heading(page, /符合条件的 \d+ 条/)
  assert.match(page.url(), /region=450204/)
  assert.ok((await names(page)).length < all.length)
  await page.reload()
  await heading(page, /符合条件的 \d+ 条/)
  await page.getByRole('button', { name: '清除条件' }).click()
  await heading(page, new RegExp(`共 ${all.length} 条`))
})

test('a page that nobody touches rests, on the desk and in the hand', { skip: noBrowser }, async () => {
  for (const size of ['desk', 'phone'] as const) {
    const page = await city.enter('shiju', size)
    for (const path of ['/', '/records/subject']) {
      await page.goto(path)
      await page.locator('h1').first().waitFor()
      await page.waitForLoadState('networkidle')
      const drawings = await drawingsAtRest(page)
      assert.ok(drawings < 60, `${path} drew itself ${drawings} times`)
    }
  }
})

test('a notice is marked as dealt with, and taken back', { skip: noBrowser }, async () => {
  const page = await city.enter('shiju')
  const rows = page.locator('tbody tr', { hasText: '标记已处理' })
  await rows.first().waitFor()
  // The page shows the newest few: one that is dealt with makes room for another, so it is known by its words.
  const words = (await rows.first().locator('a').first().textContent()) ?? ''
  const like = rows.filter({ hasText: words })
  const count = await like.count()
  await rows.first().getByRole('button', { name: '标记已处理' }).click()
  await page.getByText('已处理：').waitFor()
  await like.nth(count - 1).waitFor({ state: 'detached' })
  await page.getByRole('button', { name: '撤销' }).click()
  await like.nth(count - 1).waitFor()
})

test('the list is walked by keys: the search box by /, rows by arrows, a record by Enter', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('shiju')
  await page.goto('/records/subject')
  await page.locator('tbody tr').first().waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('超市')
  await page
    .getByRole('option', { name: /示例超市/ })
    .first()
    .waitFor()
  await page.keyboard.press('Enter')
  await heading(page, /示例超市/)
  await page.goBack()
  await page.locator('tbody tr').first().waitFor()
  await page.evaluate('document.activeElement?.blur()')
  // The first goes from wherever to the first row.
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('ArrowDown')
  const name = await page.locator('tbody tr').nth(1).locator('td a').first().textContent()
  await page.keyboard.press('Enter')
  assert.equal(await heading(page, /示例/), name)
})

test('an export holds every row that the list’s conditions find, with words instead of codes', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('liunan')
  await page.goto('/records/material-receipt')
  const total = Number((await heading(page, /共 [\d,]+ 条/)).match(/共 ([\d,]+) 条/)?.[1]?.replace(',', ''))
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: '更多' }).click()
  await page.getByRole('button', { name: '导出 CSV' }).click()
  const file = await download
  assert.match(file.suggestedFilename(), /^原料进货查验-.*\d{4}-\d\d-\d\d\.csv$/)
  const [head, ...rows] = readFileSync((await file.path()) as string, 'utf8')
    .trim()
    .split('\r\n')
  assert.ok(rows.length >= total, 'a receipt takes a row for each of its lots')
  assert.match(
    head ?? '',
    /^\ufeff?到货时间,供应商,名称,类别,商品条码,.*,送货单号,验收人,单位$/,
    'the columns of the page',
  )
  assert.match(rows[0] ?? '', /示例/, 'the owner is named, not numbered')
})

test('a record goes from step to step: each asks only for what it needs, and the history tells the step', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('shiju')
  await page.goto('/records/announcement/new')
  await page.getByLabel('标题').fill('示例：加强校园食堂检查')
  await page.getByText('通知', { exact: true }).click()
  await page.getByLabel('正文').fill('请各县区在月底前完成。')
  await page.getByLabel('发给').selectOption('监管人员')
  await page.getByLabel('有效期：从').fill('2026-11-20')
  await page.getByLabel('有效期：从').press('Enter')
  assert.equal(await page.getByLabel('撤回原因').count(), 0, 'what only a later step asks for is not asked now')
  assert.match(page.url(), /new$/, 'Enter moves on and does not save')
  const file = { name: '通知.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 示例') }
  await page.getByLabel('选择文件（PDF 或图片）').setInputFiles(file)
  await page.getByRole('link', { name: '通知.pdf' }).waitFor()
  await page.getByRole('button', { name: '保存', exact: true }).click()
  await page.locator('.tag', { hasText: '草稿' }).waitFor()
  await page.getByRole('button', { name: '发布' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '发布' }).click()
  await page.locator('.tag', { hasText: '已发布' }).waitFor()
  const officer = await city.enter('liunan', 'phone')
  await officer.goto('/operations/list-announcements')
  await officer.getByRole('button', { name: /示例：加强校园食堂检查/ }).click()
  await officer.getByRole('dialog').getByText('请各县区在月底前完成。').waitFor()
  await page.reload()
  await page.locator('.reach', { hasText: /1 \/ \d+ 个单位已看/ }).waitFor()
  await page.getByRole('button', { name: '撤回' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '撤回' }).click()
  await page.getByRole('dialog').locator('[data-at="/reason"]').getByText('请填写撤回原因').waitFor()
  await page.getByLabel('撤回原因').fill('示例：写错了')
  await page.getByRole('dialog').getByRole('button', { name: '撤回' }).click()
  await page.locator('.tag', { hasText: '已撤回' }).waitFor()
  await page.locator('.timeline b', { hasText: '撤回' }).waitFor()
  assert.equal(await page.getByRole('link', { name: '修改' }).count(), 0)
  await look(page, 'officer-steps')
})

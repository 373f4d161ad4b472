import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { look, noBrowser } from '../browser.ts'
import { eventually } from '../eventually.ts'
import { type City, heading, openCity } from './desk.ts'

let city: City

before(async () => {
  if (!noBrowser) city = await openCity()
})
after(async () => {
  await city?.close()
})

const headers = { 'x-shisu': '1' }

async function makeSample(page: Page, dish: string, more: object = {}): Promise<string> {
  const data = {
    dish,
    meal: 'dinner',
    takenAt: '2026-11-20T10:00:00Z',
    amount: { value: '150', unit: 'GRM' },
    cabinet: '视图柜',
    taker: '示例留样员',
    ...more,
  }
  const response = await page.request.post('/api/v1/records/retained-sample', { headers, data })
  assert.equal(response.status(), 201, await response.text())
  return String(((await response.json()) as { id: string }).id)
}

test('a narrowed list is saved under a name, shared, opened again by it, and removed', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('shitang')
  await makeSample(page, '视图菜')
  await page.goto('/records/retained-sample?meal=dinner')
  await page.getByRole('button', { name: '存成视图' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '保存' }).click()
  await page.getByText('请给视图起个名字').waitFor()
  await page.getByLabel('名称').fill('晚餐的')
  await page.getByText('同单位的人也能用').click()
  await page.getByRole('dialog').getByRole('button', { name: '保存' }).click()
  await page.goto('/records/retained-sample?meal=lunch')
  await page.getByRole('link', { name: '晚餐的' }).click()
  await heading(page, /符合条件的 [\d,]+ 条/)
  assert.equal(new URL(page.url()).searchParams.get('meal'), 'dinner')
  await look(page, 'views-saved')
  await page.getByRole('button', { name: '修改视图' }).click()
  await page.getByRole('button', { name: '删除' }).click()
  await page.getByText('视图已删除').waitFor()
  await page.getByRole('link', { name: '晚餐的' }).waitFor({ state: 'detached' })
})

test('rows are chosen by keys and mouse; one step is taken for all, the chosen are exported, and void with one reason', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('shitang')
  const takenAt = '2026-11-10T10:00:00Z'
  for (const number of [1, 2, 3]) await makeSample(page, `成批菜 ${number}`, { takenAt })
  await page.goto('/records/retained-sample?q=成批菜')
  await heading(page, /符合条件的 3 条/)
  await page.locator('tbody tr').first().focus()
  await page.keyboard.press('x')
  await page.getByText('已选 1 条').waitFor()
  await page
    .locator('tbody tr')
    .nth(2)
    .getByRole('checkbox')
    .click({ modifiers: ['Shift'] })
  await page.getByText('已选 3 条').waitFor()
  await look(page, 'batch-chosen')
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: '导出所选' }).click()
  assert.equal(
    readFileSync(await (await download).path())
      .subarray(0, 2)
      .toString(),
    'PK',
  )

  await page.getByRole('button', { name: '销样' }).click()
  await page.getByRole('dialog').getByLabel('销样人').fill('示例销样员')
  await page.getByRole('dialog').getByLabel('销样时间').fill('2026-11-13 12:00')
  await page.getByRole('dialog').getByLabel('销样时间').press('Enter')
  await page.getByRole('dialog').getByRole('button', { name: '销样', exact: true }).click()
  await page.getByText('已销样 3 条').waitFor()

  await page.getByLabel('选择全部').click()
  await page.getByRole('toolbar').getByRole('button', { name: '作废' }).click()
  await page.getByLabel('原因').fill('示例：登记错了')
  await page.getByRole('dialog').getByRole('button', { name: '作废' }).click()
  await page.getByText('已作废 3 条').waitFor()
  const rows = await city.server.sql<{ state: string; reason: string; disposer: string }[]>`
    select state, void_reason as reason, disposer from retained_sample where dish like '成批菜 %'`
  assert.deepEqual(
    rows.map((row) => Object.values(row)),
    Array.from({ length: 3 }, () => ['void', '示例：登记错了', '示例销样员']),
  )
})

test('of many rows taken at once those that were refused are named with the reason and stay chosen; a stop is taken back', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('shitang')
  const takenAt = '2026-11-10T10:00:00Z'
  const [changed] = [await makeSample(page, '分批菜 1', { takenAt }), await makeSample(page, '分批菜 2', { takenAt })]
  await page.goto('/records/retained-sample?q=分批菜')
  await heading(page, /符合条件的 2 条/)
  await page.getByLabel('选择全部').click()
  // Meanwhile somebody else writes to one of them.
  const patch = { headers, data: { version: 1, box: 'B-9' } }
  assert.equal((await page.request.patch(`/api/v1/records/retained-sample/${changed}`, patch)).status(), 200)
  const dispose = async () => {
    await page.getByRole('toolbar').getByRole('button', { name: '销样' }).click()
    await page.getByRole('dialog').getByLabel('销样人').fill('示例销样员')
    await page.getByRole('dialog').getByRole('button', { name: '销样', exact: true }).click()
  }
  await dispose()
  const told = page.getByRole('dialog', { name: '1 条没有办成' })
  await told.getByText('另外 1 条已办好').waitFor()
  await told.getByText('这条记录刚被别人修改过').waitFor()
  await look(page, 'batch-refused')
  await told.getByRole('button', { name: '只列这 1 条' }).click()
  await heading(page, /符合条件的 1 条/)
  await page.getByText('已选 1 条').waitFor()
  await page.getByRole('button', { name: '销样' }).click()
  await page.getByText('这 1 条食品留样将变为“已销样”').waitFor()
  await page.getByRole('dialog').getByRole('button', { name: '取消' }).click()
  await dispose()
  await page.getByText('已销样 1 条').last().waitFor()
  const [left] = await city.server.sql<{ n: number }[]>`
    select count(*)::int as n from retained_sample where dish like '分批菜 %' and state <> 'disposed'`
  assert.equal(left?.n, 0)

  const states = () => city.server.sql<{ state: string }[]>`select state from field_device where owner_id = ${owner}`
  const [{ owner } = { owner: '' }] = await city.server.sql<{ owner: string }[]>`
    select owner_id as owner from retained_sample where id = ${changed}`
  await page.goto('/records/field-device')
  await page.getByLabel('选择全部').click()
  await page.getByRole('button', { name: '停用' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '停用', exact: true }).click()
  await page.getByRole('button', { name: '撤销' }).waitFor()
  assert.ok((await states()).every(({ state }) => state === 'stopped'))
  await page.getByRole('button', { name: '撤销' }).click()
  await page.getByText(/已撤销 \d+ 条/).waitFor()
  assert.ok((await states()).every(({ state }) => state === 'running'))
})

test('a document on paper has its own title and what was filled in, nothing that is only true today, and no empty page', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('liunan')
  const data = {
    title: '示例：关于停水的通知',
    form: 'notice',
    audience: 'everyone',
    body: '第一段。\n第二段。',
    holds: { from: '2026-11-20', until: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10) },
  }
  const made = await page.request.post('/api/v1/records/announcement', { headers, data })
  const { id } = (await made.json()) as { id: string }
  await page.goto(`/records/announcement/${id}/document`)
  const sheet = page.locator('.sheet')
  await sheet.getByRole('heading', { name: data.title }).waitFor()
  assert.deepEqual(await sheet.locator('.sheettext').allInnerTexts(), ['第一段。', '第二段。'])
  assert.deepEqual(await sheet.locator('.sheetfacts th').allInnerTexts(), ['发给', '有效期'])
  assert.doesNotMatch((await sheet.allInnerTexts()).join(), /到期|—/)
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1')
  assert.equal(pdf.match(/\/Type\s*\/Page\b/g)?.length, 1)
})

test('two records of the same thing become one: what stays takes over what was chosen, the other points to it', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('shitang')
  await makeSample(page, '重复菜', { box: 'B-1' })
  await makeSample(page, '重复菜', { box: 'B-2', taker: '示例另一人' })
  await page.goto('/records/retained-sample?q=重复菜')
  await heading(page, /符合条件的 2 条/)
  await page.getByLabel('选择全部').click()
  await page.getByRole('link', { name: '合并重复' }).click()
  await heading(page, /合并两条食品留样/)
  const row = page.locator('tr', { has: page.getByRole('rowheader', { name: '留样人' }) })
  await row.getByText('示例另一人').click()
  await look(page, 'merge-two')
  await page.getByRole('button', { name: '合并', exact: true }).click()
  await page.getByText('请写明合并原因').waitFor()
  await page.getByLabel('合并原因').fill('示例：登记了两次')
  await page.getByRole('button', { name: '合并', exact: true }).click()
  await heading(page, /重复菜/)
  const found = await city.server.sql<{ id: string; state: string; taker: string; into: string | null }[]>`
    select id, state, taker, merged_into as into from retained_sample where dish = '重复菜' order by state`
  assert.deepEqual(
    found.map((each) => each.state),
    ['kept', 'void'],
  )
  assert.equal(found[0]?.taker, '示例另一人')
  assert.equal(found[1]?.into, found[0]?.id)
})

test('any two versions stand side by side, and a record is printed as a document with number, boxes and pages', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('shitang')
  const id = await makeSample(page, '比较菜')
  const place = `/api/v1/records/retained-sample/${id}`
  for (const [version, cabinet] of ['二号柜', '三号柜'].entries())
    assert.equal((await page.request.patch(place, { headers, data: { version: version + 1, cabinet } })).status(), 200)
  await page.goto(`/records/retained-sample/${id}`)
  await page.getByRole('link', { name: '比较版本' }).click()
  await page.locator('tr.changed', { hasText: '三号柜' }).getByText('二号柜').waitFor()
  await page.getByLabel('左边的版本').selectOption('1')
  await page.locator('tr.changed', { hasText: '三号柜' }).getByText('视图柜').waitFor()
  assert.equal(await page.locator('tr.changed').count(), 1)
  await look(page, 'compare-versions')

  await page.goto(`/records/retained-sample/${id}`)
  await page.getByRole('link', { name: '打印' }).click()
  await page.locator('.sheet').getByText('单位（盖章）').waitFor()
  await look(page, 'print-document')
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true })
  assert.equal(pdf.subarray(0, 5).toString(), '%PDF-')
  await page.emulateMedia({ media: 'print' })
  assert.ok(!(await page.getByRole('navigation', { name: '主菜单' }).isVisible()), 'the menu is not printed')
  await page.emulateMedia({ media: null })
})

test('a list shows the columns that were chosen, in their order, prints them, and an account finds them again; what came late says when', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('shitang')
  await makeSample(page, '列次序菜', { takenAt: '2026-11-01T10:00:00Z' })
  const heads = () => page.locator('main th:not(.tick)').allTextContents()
  await page.goto('/records/retained-sample?q=列次序菜')
  await heading(page, /符合条件的 1 条/)
  await page.getByRole('button', { name: '更多' }).click()
  await page.getByRole('button', { name: '选择列' }).click()
  const drawer = page.getByRole('dialog')
  for (const name of ['餐次', '留样量', '留样人', '销样时间', '状态'])
    await drawer.getByLabel(name, { exact: true }).uncheck()
  await drawer.getByRole('button', { name: /^移动留样柜/ }).press('ArrowUp')
  await drawer.getByRole('button', { name: '完成' }).click()
  const chosen = ['留样时间', '留样柜', '菜品']
  assert.deepEqual(
    (await heads()).map((head) => head.replace(/ [↑↓]/, '')),
    chosen,
  )
  assert.match((await page.locator('tbody td').nth(1).textContent()) ?? '', /2026-11-01 18:00补录 .*登记/)
  await page.getByRole('button', { name: '更多' }).click()
  await page.getByRole('link', { name: '打印列表' }).click()
  await heading(page, /打印食品留样列表/)
  assert.deepEqual(await heads(), ['#', ...chosen])
  assert.equal(await page.locator('.sheet tbody tr').count(), 1)
  await look(page, 'print-list')

  const again = await city.enter('shitang')
  await again.goto('/records/retained-sample?q=列次序菜')
  // The rows may come before what was chosen.
  await eventually(async () => (await again.locator('main th:not(.tick)').count()) === chosen.length, 'the columns')
})

test('a form begins with what is known: the subject’s address, and what the last record said but not when', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('shitang')
  const takenAt = new Date(Date.now() - 3_600_000)
  await makeSample(page, '照着填的菜', { takenAt: takenAt.toISOString(), cabinet: '照着填的柜', box: '照着填的盒' })
  await page.goto('/records/retained-sample/new')
  await page.getByRole('button', { name: '照上一条填' }).click()
  const value = (at: string) => page.locator(`[data-at="${at}"] input`).first().inputValue()
  await page.locator('[data-at="/box"] input[value="照着填的盒"]').waitFor()
  assert.deepEqual([await value('/dish'), await value('/cabinet')], ['照着填的菜', '照着填的柜'])
  const before = new Date(takenAt.getTime() + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ')
  assert.notEqual(await value('/takenAt'), before, 'it is taken now')
  await page.goto('/records/site/new')
  await page.locator('[data-at="/address"] input[value*="城中区"]').waitFor()
  assert.equal(await value('/name'), '', 'a site is not called like its subject')
})

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { look, noBrowser, phone } from '../browser.ts'
import { type City, heading, openCity } from './desk.ts'

let city: City
let bag: string

before(async () => {
  if (noBrowser) return
  city = await openCity()
  bag = (JSON.parse(readFileSync(join(city.server.dataDir, 'demo.json'), 'utf8')) as { bag: string }).bag
})
after(async () => {
  await city?.close()
})

test('a lot is followed both ways: from a scanned bag to its raw materials, and from one of those to the shops', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('shiju')
  await page.getByRole('link', { name: '追溯链条' }).click()
  await page.getByLabel('追溯码').fill(`https://example.org${bag}`)
  await page.getByRole('button', { name: '追溯', exact: true }).click()
  await heading(page, /来自 \d+ 个批次.*现在在示例超市壬/)
  for (const material of ['籼米粉', '螺蛳', '腌酸笋', '外包装袋'])
    await page.locator('.node', { hasText: material }).first().waitFor()

  await page.locator('.node', { hasText: '腌酸笋' }).click()
  await page.locator('.node.dim', { hasText: '籼米粉' }).waitFor()
  await look(page, 'chain-bag')
  await page.emulateMedia({ media: 'print' })
  assert.equal(await page.getByLabel('追溯码').isVisible(), false, 'paper has no form')
  const [wide, room] = (await page.evaluate(
    '((box) => [box.scrollWidth, box.clientWidth])(document.querySelector(".graph .canvas"))',
  )) as [number, number]
  assert.ok(wide <= room, `the whole way is on the paper: ${wide} of ${room}`)
  await page.emulateMedia({ media: 'screen' })
  await page.getByRole('button', { name: '事件 1' }).first().click()
  const drawer = page.getByRole('dialog')
  await drawer.getByText('业务步骤').waitFor()
  await drawer.getByText('收到的原文').click()
  assert.match((await drawer.locator('pre').textContent()) ?? '', /"eventTime"/)
  await page.keyboard.press('Escape')

  await page.getByRole('link', { name: '从这里追溯' }).click()
  await page.getByRole('radio', { name: '只看去向' }).check({ force: true })
  await heading(page, /腌酸笋.*家有货/)
  await page.getByRole('heading', { name: '谁有货，谁经过手' }).waitFor()
  const holders = await page.locator('section', { hasText: '谁有货，谁经过手' }).textContent()
  for (const shop of ['示例超市壬', '示例便利店癸']) assert.ok(holders?.includes(shop), shop)
  await look(page, 'chain-forward')
})

test('the graph is walked by keys', { skip: noBrowser }, async () => {
  const page = await city.enter('shiju')
  await page.goto(`/trace?id=${encodeURIComponent(`https://id.gs1.org${bag}`)}`)
  await page.locator('.node.focus').focus()
  await page.keyboard.press('ArrowLeft')
  assert.equal(await page.evaluate('document.activeElement.className.includes("node")'), true)
  await page.keyboard.press('Enter')
  await page.locator('.node[aria-pressed="true"]').waitFor()
  await page.keyboard.press('Escape')
  assert.equal(await page.locator('.node[aria-pressed="true"]').count(), 0)
})

test('whoever may see only a part is told how much is hidden, and the list comes first on a phone', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('changyi', 'phone')
  const lot = bag.match(/\/01\/(\d{14})/)?.[1]
  const [made] = await city.server.sql<{ key: string }[]>`
    select key from trace_key where level = 'lot' and key like '%/TL%' order by id desc limit 1`
  assert.ok(lot && made)
  const refused: string[] = []
  page.on('response', (response) => void (response.status() === 404 && refused.push(response.url())))
  await page.goto(`/trace?id=${encodeURIComponent(made.key)}`)
  await page.getByText(/还有 \d+ 处来源或去向您无权查看/).waitFor()
  await page.locator('.nodelist').waitFor()
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), phone.width)
  await look(page, 'chain-phone')
  await page.getByText('地图和流向表').click()
  await page.getByText('还没有签收').or(page.getByText(/0772-/)).first().waitFor()
  assert.deepEqual(refused, [], 'nobody is asked for who may not be seen')
})

test('a code that nobody knows is answered in a sentence', { skip: noBrowser }, async () => {
  const page = await city.enter('shiju')
  await page.goto('/trace?id=https%3A%2F%2Fid.gs1.org%2F01%2F09524500000106%2F10%2FNOSUCH')
  await page.getByText('没有找到这个码的记录').waitFor()
})

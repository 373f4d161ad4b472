import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { areas } from '../../src/catalogue.ts'
import { look, noBrowser, phone } from '../browser.ts'
import { sampleBytes, sampleFile } from '../files.ts'
import { sample } from '../laws/sample.ts'
import { type City, heading, openCity } from './desk.ts'

let city: City

before(async () => {
  if (!noBrowser) city = await openCity()
})
after(async () => {
  await city?.close()
})

const fits = async (page: Page) => (await page.evaluate('document.documentElement.scrollWidth')) === phone.width

test('a cook is checked in the morning on a phone in few taps, and the next one in fewer', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('shitang', 'phone')
  let taps = 0
  const tap = async (name: string) => {
    taps++
    await page.getByText(name, { exact: true }).tap()
  }
  await page.getByRole('link', { name: '＋ 登记晨检' }).tap()
  await heading(page, /登记晨检/)
  assert.ok(await fits(page), 'nothing sticks out sideways')
  await look(page, 'canteen-form')
  await page.getByLabel('姓名').fill('示例厨师一')
  await page.getByLabel('体温').fill('36.5')
  await tap('无')
  await tap('合格')
  await tap('可以上岗')
  await page.getByLabel('检查人').fill('示例园长')
  await tap('保存并登记下一条')
  await page.getByText('晨检已保存').waitFor()

  assert.equal(await page.getByLabel('检查人').inputValue(), '示例园长', 'the checker stays')
  await page.getByLabel('姓名').fill('示例厨师二')
  await page.getByLabel('体温').fill('37.9')
  await tap('发热')
  await tap('合格')
  await tap('可以上岗')
  await tap('保存')
  await page.locator('[data-at="/result"]').getByText('有症状的人员应暂停上岗').waitFor()
  await tap('暂停上岗')
  await tap('保存')
  await page.locator('[data-at="/measure"]').getByText('暂停上岗时请写明处置').waitFor()
  await page.getByLabel('处置').fill('回家休息，由示例厨师三顶班')
  await tap('保存')
  await heading(page, /示例厨师二/)
  assert.ok(taps <= 12, `${taps} taps`)
  const rows = await city.server.sql<{ result: string }[]>`
    select result from morning_check order by created_at desc limit 2`
  assert.deepEqual(
    rows.map((row) => row.result),
    ['unfit', 'fit'],
  )
})

/** What a kitchen writes down every day, and what an inspector does: the kinds that say when they happened. */
const daily = areas.find(({ name }) => name === 'kitchen')?.kinds.filter(({ timing }) => timing) ?? []
const onTheSpot = areas
  .find(({ name }) => name === 'supervision')
  ?.kinds.filter(({ fields }) => Object.values(fields).some((field) => field.type === 'lines' && field.begins))

for (const [user, some] of [
  ['shitang', daily],
  ['chengzhong', onTheSpot ?? []],
] as const)
  test(`on a phone at most three taps make another record like the last one: ${some.map(({ title }) => title).join('、')}`, {
    skip: noBrowser,
  }, async () => {
    const page = await city.enter(user, 'phone')
    assert.ok(some.length > 0)
    const headers = { 'x-shisu': '1' }
    await page.request.put(`/api/v1/files/${sampleFile}`, {
      data: sampleBytes,
      headers: { ...headers, 'content-type': 'application/pdf' },
    })
    for (const kind of some) {
      const records = `/api/v1/records/${kind.name}`
      const first = await page.request.get(`${records}?limit=1`)
      if ((await first.json()).items.length === 0) {
        const made = await page.request.post(records, { data: sample(kind, {}), headers })
        assert.equal(made.status(), 201, await made.text())
      }
      await page.goto(`/records/${kind.name}/new`)
      const copy = page.getByRole('button', { name: '照上一条填' })
      await copy.waitFor()
      await page.evaluate(
        'window.taps = 0; document.addEventListener("pointerdown", () => { window.taps += 1 }, { capture: true })',
      )
      await copy.tap()
      await copy.waitFor({ state: 'detached' })
      // What was found there is never copied: it is judged anew.
      const isJudged = Object.values(kind.fields).some((field) => field.type === 'lines' && field.begins)
      if (isJudged) await page.getByRole('button', { name: '其余都符合' }).tap()
      await page.getByRole('button', { name: '保存', exact: true }).tap()
      await page.waitForURL(/\/[0-9a-f-]{36}$/)
      assert.equal(await page.evaluate('window.taps'), isJudged ? 3 : 2, kind.title)
      const last = await (await page.request.get(page.url().replace('/records/', '/api/v1/records/'))).json()
      assert.equal(last.version, 1)
      for (const [name, field] of Object.entries(kind.fields))
        if (field.required && !field.derived) assert.ok(last[name], `${kind.title}: ${field.title}`)
    }
    await page.context().close()
  })

test('an inspection is opened before a point is judged, and the step that ends it asks for the points of its template', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('chengzhong', 'phone')
  await page.goto('/records/inspection/new')
  for (const [name, hasText] of [
    ['被检查单位', '示例小学食堂'],
    ['检查要点表', '学校食堂检查要点表'],
  ] as const) {
    await page.getByRole('combobox', { name }).fill(hasText)
    await page.locator('.ant-select-item-option', { hasText }).tap()
  }
  await page.getByLabel('检查人员甲').fill('示例甲')
  await page.getByLabel('检查人员乙').fill('示例乙')
  await page.getByText(/已判 0 项，共 [2-9] 项/).waitFor()
  await page.getByRole('button', { name: '保存', exact: true }).tap()
  await page.waitForURL(/\/[0-9a-f-]{36}$/)
  const made = await (await page.request.get(page.url().replace('/records/', '/api/v1/records/'))).json()
  assert.equal(made.answers, undefined, 'points that nobody judged are not said')
  await page.getByRole('button', { name: '结束检查' }).tap()
  const drawer = page.getByRole('dialog')
  await drawer.getByText(/已判 0 项，共 [2-9] 项/).waitFor()
  await drawer.getByRole('button', { name: '结束检查', exact: true }).tap()
  await drawer.getByText('请填写结果').first().waitFor()
  await drawer.getByRole('button', { name: '其余都符合' }).tap()
  await drawer.getByText(/已判 ([2-9]) 项，共 \1 项/).waitFor()
  await page.context().close()
})

test('every page of an enterprise fits a phone', { skip: noBrowser }, async () => {
  const page = await city.enter('shitang', 'phone')
  for (const [path, name] of [
    ['/', 'home'],
    ['/notices', 'notices'],
    ['/records/morning-check', 'list'],
    ['/records/material-receipt/new', 'receipt'],
    ['/trace', 'trace'],
    ['/codes', 'codes'],
  ] as const) {
    await page.goto(path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForLoadState('networkidle')
    assert.ok(await fits(page), `${path} sticks out sideways`)
    await look(page, `phone-${name}`)
  }
  await page.getByRole('button', { name: '全部' }).tap()
  await page.getByRole('dialog').getByRole('link', { name: '晨检' }).tap()
  await heading(page, /晨检/)
})

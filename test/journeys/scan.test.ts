import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { look, noBrowser, openBrowser, phone } from '../browser.ts'
import { startServer, type TestServer } from '../server.ts'

type Demo = { bag: string; tokens: { capture: string } }

let server: TestServer
let browser: Browser
let page: Page
let demo: Demo

before(async () => {
  if (noBrowser) return
  server = await startServer({ demo: true })
  demo = JSON.parse(readFileSync(join(server.dataDir, 'demo.json'), 'utf8')) as Demo
  browser = await openBrowser()
  const context = await browser.newContext({ viewport: phone, javaScriptEnabled: false, locale: 'zh-CN' })
  page = await context.newPage()
})
after(async () => {
  await browser?.close()
  await server?.close()
})

/** Waits for the verdict: a form that was sent leads on a moment later. */
const verdict = (saying: string) => page.locator('h1', { hasText: new RegExp(`^${saying}$`) }).waitFor()
const fits = async () => (await page.evaluate('document.documentElement.scrollWidth')) === phone.width
const sizeOf = (what: string) =>
  page.evaluate(`parseFloat(getComputedStyle(document.querySelector('${what}')).fontSize)`) as Promise<number>

test('a phone without JavaScript opens the scanned bag: the verdict is on the first screen, in one small answer', {
  skip: noBrowser,
}, async () => {
  let requests = 0
  page.on('request', () => requests++)
  const response = await page.goto(server.url + demo.bag)
  assert.equal(response?.status(), 200)
  await verdict('正常')
  const panel = await page.locator('.verdict').boundingBox()
  assert.ok(panel && panel.y + panel.height < phone.height, 'the whole verdict is seen without scrolling')
  assert.ok(await fits(), 'nothing sticks out sideways')
  const text = await page.locator('body').textContent()
  for (const told of ['是真码', '示例螺蛳粉厂甲', '它从哪里来', '原料进厂', '检验合格', '上架', '我们不知道的']) {
    assert.ok(text?.includes(told), told)
  }
  assert.equal(requests, 1)
  const bytes = (await response?.body())?.length ?? 0
  assert.ok(bytes > 0 && bytes < 30 * 1024, `${bytes} bytes`)
  await look(page, 'scan-bag-phone')
})

test('the elder mode has letters of at least 18 px and targets of 60', { skip: noBrowser }, async () => {
  await page.getByRole('link', { name: '大字版' }).click()
  await verdict('正常')
  assert.ok(await fits())
  const link = await page.getByRole('link', { name: '标准字' }).boundingBox()
  assert.ok(link && link.height >= 60)
  for (const what of ['.verdict p', '.checks li', 'dd', 'dt', 'ol li', 'time', '.untold-all li']) {
    assert.ok((await sizeOf(what)) >= 18, `${what} ${await sizeOf(what)}`)
  }
  await look(page, 'scan-bag-elder')
})

test('a code typed into the search box leads to the same bag, a wrong one to a plain answer', {
  skip: noBrowser,
}, async () => {
  const [, , gtin, , serial] = demo.bag.split('/') as [string, string, string, string, string]
  await page.goto(`${server.url}/scan`)
  await look(page, 'scan-search-phone')
  await page.getByLabel('追溯码').fill(`${gtin} ${serial.toLowerCase()}`)
  await page.getByRole('button', { name: '查询' }).click()
  await verdict('正常')
  await page.goto(`${server.url}/01/${gtin}/21/YYYYYYYYYYYYYY`)
  await verdict('查无此码')
  await look(page, 'scan-unknown-phone')
})

test('when the lot is recalled, the very next look at the bag says so', { skip: noBrowser }, async () => {
  const headers = { accept: 'application/json' }
  const { story } = (await (await fetch(server.url + demo.bag, { headers })).json()) as {
    story: { gtin: string; lot: string }
  }
  const captured = await fetch(`${server.url}/epcis/capture`, {
    method: 'POST',
    headers: { authorization: `Bearer ${demo.tokens.capture}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      '@context': 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld',
      type: 'EPCISDocument',
      schemaVersion: '2.0',
      creationDate: new Date().toISOString(),
      epcisBody: {
        eventList: [
          {
            type: 'ObjectEvent',
            eventID: `urn:uuid:${randomUUID()}`,
            eventTime: new Date().toISOString(),
            eventTimeZoneOffset: '+08:00',
            action: 'OBSERVE',
            disposition: 'recalled',
            quantityList: [{ epcClass: `https://id.gs1.org/01/${story.gtin}/10/${story.lot}` }],
          },
        ],
      },
    }),
  })
  assert.ok(captured.ok, await captured.text())
  await page.goto(server.url + demo.bag)
  await verdict('已召回')
  assert.ok((await page.locator('.verdict').textContent())?.includes('请不要食用'))
  await look(page, 'scan-recalled-phone')
})

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { look, noBrowser } from '../browser.ts'
import { type City, openCity } from './desk.ts'

let city: City

before(async () => {
  if (!noBrowser) city = await openCity()
})
after(() => city?.close())

test('[B6.1] an officer checks a version of a record with one tap, and finds its leaf by the record’s address', {
  skip: noBrowser,
}, async () => {
  for (const width of ['desk', 'phone'] as const) {
    const page = await city.enter('shiju', width)
    await page.goto('/records/site')
    await page.locator('table a, .cards a, .list a').first().click()
    await page.getByRole('button', { name: '核对' }).first().click()
    await page.locator('.checked').first().waitFor()
    assert.match((await page.locator('.checked').first().textContent()) ?? '', /核对通过.*确实在日志里/s)
    await look(page, `ledger-check-${width}`)
    const address = page.url()
    await page.goto('/desk/ledger')
    await page.getByLabel('查找存证').fill(address)
    await page.getByLabel('查找存证').press('Enter')
    await page.getByRole('link', { name: /第 1 版/ }).waitFor()
    await look(page, `ledger-page-${width}`)
  }
})

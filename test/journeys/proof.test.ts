import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { desk, look, noBrowser, openBrowser, phone } from '../browser.ts'
import { openTown, type Person, type Town } from '../people.ts'
import { addFirms, captureChain, gtin, lot } from '../public/chain.ts'

let town: Town
let browser: Browser
let site: Record<string, unknown>

before(async () => {
  if (noBrowser) return
  town = await openTown()
  browser = await openBrowser()
  const { status, body } = await town.factory.call('POST', '/api/v1/records/site', {
    name: '示例一车间',
    use: 'workshop',
    keeper: '示例人',
    address: '示例路 1 号',
  })
  assert.equal(status, 201, JSON.stringify(body))
  site = body
})
after(async () => {
  await browser?.close()
  await town?.server.close()
})

/** The proof file of a record, once the log has been sealed and signed over it. */
async function proofOf(person: Person, path: string): Promise<Record<string, unknown>> {
  for (let attempt = 0; attempt < 60; attempt++) {
    const { status, body } = await person.call('GET', path)
    if (status === 200 && body.proof) return body
    await sleep(250)
  }
  throw new Error('the record was not sealed')
}

async function check(page: Page, file: string): Promise<string> {
  await page.getByLabel('存证文件的内容').fill(file)
  await page.locator('#result h2').waitFor()
  return (await page.locator('#result').textContent()) ?? ''
}

test('[D4.1.1] anybody checks a saved proof in their own browser, and a changed word is seen', {
  skip: noBrowser,
}, async () => {
  const file = JSON.stringify(await proofOf(town.factory, `/api/v1/records/site/${site.id}/proof`))
  const page = await browser.newPage({ viewport: phone })
  await page.goto(`${town.server.url}/verify`)
  assert.match(await check(page, file), /核对通过.*一字不差.*确实在日志里.*签名正确/s)
  await look(page, 'verify-passed-phone')
  assert.match(await check(page, file.replace('示例一车间', '示例二车间')), /核对没有通过.*内容被改过/s)
  assert.match(await check(page, file.replace(/index \d+/, 'index 999999')), /核对没有通过.*证明对不上/s)
  assert.match(await check(page, '{}'), /不是食溯的存证文件/)
})

test('the saved page checks without a network', { skip: noBrowser }, async () => {
  const file = JSON.stringify(await proofOf(town.factory, `/api/v1/records/site/${site.id}/proof`))
  const folder = mkdtempSync(join(tmpdir(), 'shisu-verify-'))
  try {
    const saved = join(folder, 'verify.html')
    writeFileSync(saved, await (await fetch(`${town.server.url}/verify`)).text())
    const context = await browser.newContext({ viewport: desk, offline: true })
    const page = await context.newPage()
    await page.goto(pathToFileURL(saved).href)
    assert.match(await check(page, file), /核对通过/)
    await look(page, 'verify-offline')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('a record of another region gives no proof, and whoever sees only a part gets the leaf without its content', {
  skip: noBrowser,
}, async () => {
  const path = `/api/v1/records/site/${site.id}/proof`
  assert.equal((await town.otherCounty.call('GET', path)).status, 404)
  assert.equal((await town.factory.call('GET', `${path}?version=7`)).status, 404)
  assert.equal((await town.factory.call('GET', `${path}?version=x`)).status, 422)
  const subject = `/api/v1/records/subject/${town.factory.ownerId}/proof`
  const theirs = await proofOf(town.county, subject)
  assert.equal('payload' in theirs || 'salt' in theirs, false, 'a subject holds a person’s name and telephone')
  assert.ok('payload' in (await proofOf(town.factory, subject)))
})

test('[E4.1] one tap from the scanned page a shopper’s own browser checks what he was told, offline from then on', {
  skip: noBrowser,
}, async () => {
  await captureChain(town.server.sql as never, await addFirms(town.server.sql as never))
  for (const [name, viewport] of [
    ['phone', phone],
    ['desk', desk],
  ] as const) {
    const page = await browser.newPage({ viewport })
    await page.goto(`${town.server.url}/01/${gtin}/10/${lot}`)
    await page.getByRole('link', { name: /在我的手机上核对/ }).click()
    await page.locator('#result h2').waitFor({ timeout: 60_000 })
    const result = (await page.locator('#result').textContent()) ?? ''
    assert.match(result, /核对通过.*一字不差.*确实在日志里.*没有证明的/s)
    assert.match((await page.locator('#told').textContent()) ?? '', /柳州螺蛳粉（原味）.*没有召回或停售/s)
    await look(page, `story-check-${name}`)
    await page.close()
  }
})

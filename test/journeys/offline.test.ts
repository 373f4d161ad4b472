import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Locator, Page } from 'playwright-core'
import { look, noBrowser } from '../browser.ts'
import { type City, heading, openCity } from './desk.ts'
import { type Cable, type Device, layCable, openDevice } from './device.ts'

let city: City
let device: Device
let cable: Cable
const profile = mkdtempSync(join(tmpdir(), 'shisu-device-'))

before(async () => {
  if (noBrowser) return
  city = await openCity()
  cable = await layCable(city.server.url)
})
after(async () => {
  await device?.kill()
  cable?.close()
  await city?.close()
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
})

const headers = { 'x-shisu': '1' }

function account(user: string): { user: string; password: string } {
  const { accounts } = JSON.parse(readFileSync(join(city.server.dataDir, 'demo.json'), 'utf8')) as {
    accounts: { user: string; password: string }[]
  }
  const found = accounts.find((each) => each.user === user)
  if (!found) throw new Error(`no account ${user}`)
  return found
}

async function signIn(page: Page, user: string): Promise<void> {
  const { password } = account(user)
  await page.getByLabel('账号').fill(user)
  await page.getByLabel('密码').fill(password)
  await page.getByRole('button', { name: '登录' }).click()
}

/** A small picture of its own for each number. */
async function photo(page: Page, number: number): Promise<Buffer> {
  const url = await page.evaluate<string>(`(() => {
    const canvas = document.createElement('canvas')
    canvas.width = 64
    canvas.height = 48
    const pen = canvas.getContext('2d')
    pen.fillStyle = 'hsl(${number * 17} 60% 60%)'
    pen.fillRect(0, 0, 64, 48)
    pen.fillText('示例 ${number}', 4, 30)
    return canvas.toDataURL('image/jpeg', 0.9)
  })()`)
  return Buffer.from(url.split(',')[1] ?? '', 'base64')
}

async function fillSample(page: Page, number: number): Promise<void> {
  await page.getByLabel('菜品').fill(`示例菜 ${number}`)
  await page.locator('[data-at="/meal"]').getByText('午餐', { exact: true }).click()
  await page.getByLabel('留样量').fill('150')
  await page.getByLabel('留样柜').fill('示例柜')
  await page.getByLabel('留样人').fill('示例留样员')
  if (number % 2 === 1) return
  const file = { name: `${number}.jpg`, mimeType: 'image/jpeg', buffer: await photo(page, number) }
  await page.locator('#at-photo').setInputFiles(file)
  await page.getByAltText('照片第 1 张').waitFor()
}

/**
 * The same samples written by the page's own input, click and change events: what counts is how many there are, and each
 * action of Playwright's costs more than the sample. Who kept them and where stays from the one before.
 */
const writeWithin = `async (from, to) => {
  const at = (name, rest = 'input') => document.querySelector('[data-at="/' + name + '"] ' + rest)
  const until = async (what, holds) => {
    for (const end = Date.now() + 60000; !holds(); ) {
      if (Date.now() > end) throw new Error('waited for ' + what)
      await new Promise((done) => setTimeout(done, 20))
    }
  }
  const type = (input, text) => {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, text)
    input.dispatchEvent(new Event('input', { bubbles: true }))
  }
  const ending = (selector, text) =>
    [...document.querySelectorAll(selector)].find((each) => each.textContent.trim().endsWith(text))
  for (let number = from; number <= to; number++) {
    const isNext = () => at('dish')?.value === '' && at('cabinet').value === '示例柜' && at('taker').value === '示例留样员'
    await until('an empty form for ' + number, isNext)
    type(at('dish'), '示例菜 ' + number)
    ending('[data-at="/meal"] label', '午餐').click()
    type(at('amount'), '150')
    if (number % 2 === 0) {
      const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 48 })
      const pen = canvas.getContext('2d')
      pen.fillStyle = 'hsl(' + number * 17 + ' 60% 60%)'
      pen.fillRect(0, 0, 64, 48)
      pen.fillText('示例 ' + number, 4, 30)
      const taken = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.9))
      const files = new DataTransfer()
      files.items.add(new File([taken], number + '.jpg', { type: 'image/jpeg' }))
      const input = document.getElementById('at-photo')
      input.files = files.files
      input.dispatchEvent(new Event('change', { bubbles: true }))
      await until('picture ' + number, () => document.querySelector('img[alt="照片第 1 张"]'))
    }
    ending('button', '保存并登记下一条').click()
    await until('sample ' + number, () => ending('.outboxbadge', '待送 ' + number))
  }
}`

/** Two by hand, one of them with its picture; the rest within the page. */
async function writeSamples(page: Page, from: number, to: number): Promise<void> {
  await page.goto(`${cable.url}/records/retained-sample/new`)
  await heading(page, /登记食品留样/)
  for (const number of [from, from + 1]) {
    await fillSample(page, number)
    await page.getByRole('button', { name: '保存并登记下一条' }).click()
    await page.getByRole('link', { name: `待送 ${number}`, exact: true }).waitFor()
  }
  await page.evaluate(`(${writeWithin})(${from + 2}, ${to})`)
}

/** A sample that is there before anybody goes offline. */
async function existingSample(page: Page): Promise<string> {
  const data = {
    dish: '示例红烧肉',
    meal: 'lunch',
    takenAt: new Date().toISOString(),
    amount: { value: '150', unit: 'GRM' },
    cabinet: '一号柜',
    taker: '示例留样员',
  }
  const response = await page.request.post(`${cable.url}/api/v1/records/retained-sample`, { headers, data })
  assert.equal(response.status(), 201)
  return String(((await response.json()) as { id: string }).id)
}

/** What a browser leaves behind that dies right after saving: the record is on disk, that its draft was dropped is not. */
async function leaveDraftOfLast(page: Page): Promise<void> {
  await page.evaluate(`new Promise((done, failed) => {
    const opening = indexedDB.open('shisu', 1)
    opening.onerror = failed
    opening.onsuccess = () => {
      const asked = opening.result.transaction('items').objectStore('items').getAll()
      asked.onsuccess = () => {
        const last = asked.result.sort((a, b) => (a.at < b.at ? -1 : 1)).at(-1)
        const draft = { id: last.recordId, content: last.body, titles: last.titles, at: last.at }
        localStorage.setItem('shisu:draft:retained-sample', JSON.stringify(draft))
        opening.result.close()
        done()
      }
    }
  })`)
}

async function changeTaker(page: Page, url: string, id: string, taker: string): Promise<void> {
  await page.goto(`${url}/records/retained-sample/${id}`)
  await page.getByRole('link', { name: '修改' }).click()
  await page.getByLabel('留样人').fill(taker)
  await page.getByRole('button', { name: '保存修改' }).click()
}

/** A killed browser may have lost its cookie: the same account is asked to sign in again, and the rest is sent. */
async function signInIfAsked(page: Page, goesOn: Locator): Promise<void> {
  const asked = page.getByLabel('账号')
  await asked.or(goesOn).first().waitFor({ timeout: 60_000 })
  if (!(await asked.isVisible())) return
  await signIn(page, 'shitang')
  await goesOn.waitFor({ timeout: 60_000 })
}

async function enterDevice(): Promise<Device> {
  const entered = await openDevice(profile)
  await entered.page.goto(cable.url)
  await signIn(entered.page, 'shitang')
  await entered.page.locator('.shell').waitFor()
  await entered.page.evaluate('navigator.serviceWorker.ready.then(() => null)')
  return entered
}

test('[A8.3.2.h] forty samples with twenty photos are written in aeroplane mode, the browser is killed twice, and all arrive once', {
  skip: noBrowser,
}, async () => {
  device = await enterDevice()
  const id = await existingSample(device.page)
  await device.page.goto(`${cable.url}/records/retained-sample`)
  await device.page.getByRole('button', { name: '带到现场' }).click()
  await device.page.getByText('✓ 已带到现场').waitFor()

  cable.cut()
  await device.context.setOffline(true)
  await device.page.goto(`${cable.url}/records/retained-sample`)
  await device.page.getByText('没有网络，这里是').waitFor()
  await look(device.page, 'offline-list')
  await device.page.goto(`${cable.url}/records/retained-sample/new`)
  await writeSamples(device.page, 1, 25)
  await device.kill()

  device = await openDevice(profile, { offline: true })
  await device.page.goto(`${cable.url}/records/retained-sample/new`)
  await device.page.getByRole('link', { name: '待送 25' }).waitFor()
  await leaveDraftOfLast(device.page)
  await writeSamples(device.page, 26, 40)
  await changeTaker(device.page, cable.url, id, '手机上改的')
  await heading(device.page, /41 条等待送出/)
  await look(device.page, 'offline-outbox')

  // Meanwhile a colleague at the desk changes the same sample.
  const desk = await city.enter('shitang')
  await changeTaker(desk, city.server.url, id, '电脑上改的')
  await desk.locator('.timeline ins', { hasText: '电脑上改的' }).waitFor()

  // The network comes back, and the browser dies in the middle of sending.
  cable.mend()
  await device.context.setOffline(false)
  await signInIfAsked(device.page, device.page.getByRole('link', { name: /待送 [123]\d$/ }))
  await device.kill()
  device = await openDevice(profile)
  await device.page.goto(`${cable.url}/outbox`)
  const left = device.page.getByText('1 条还没有送出，其中 1 条要您改正')
  await signInIfAsked(device.page, left)
  await look(device.page, 'offline-sending')
  await left.waitFor({ timeout: 60_000 })
  await device.page.getByText('与别人的修改冲突').waitFor()
  await look(device.page, 'offline-conflict')
  const rows = await city.server.sql<{ dish: string; photos: number }[]>`
    select dish, coalesce(jsonb_array_length(to_jsonb(photo)), 0) as photos from retained_sample
    where dish like '示例菜 %' order by dish`
  assert.equal(rows.length, 40)
  assert.equal(new Set(rows.map((row) => row.dish)).size, 40)
  assert.equal(rows.filter((row) => row.photos === 1).length, 20)

  await device.page.getByRole('link', { name: '去改正' }).click()
  await device.page.locator('.conflict label', { hasText: '手机上改的' }).click()
  await device.page.getByRole('button', { name: '按选择保存' }).click()
  await device.page.locator('.timeline ins', { hasText: '手机上改的' }).waitFor()
  await device.page.getByRole('link', { name: '已全部送出' }).waitFor()
  const [row] = await city.server.sql<{ taker: string; version: number }[]>`
    select taker, version from retained_sample where id = ${id}`
  assert.deepEqual([row?.taker, row?.version], ['手机上改的', 3])
})

test('a device that was signed out from elsewhere forgets what it kept and says so; without a network it says that, and asks who it is as soon as there is one', {
  skip: noBrowser,
}, async () => {
  const desk = await city.enter('shitang')
  const { items } = (await (await desk.request.get(`${city.server.url}/api/v1/me/sessions`)).json()) as {
    items: { id: string; current: boolean }[]
  }
  for (const { id } of items.filter(({ current }) => !current))
    await desk.request.delete(`${city.server.url}/api/v1/me/sessions/${id}`, { headers })
  const { page, context } = device
  await page.goto(`${cable.url}/records/retained-sample`)
  await page.getByText('这台设备已在别处被退出登录').waitFor()
  await look(page, 'offline-signed-out')

  cable.cut()
  await context.setOffline(true)
  await page.goto(`${cable.url}/records/retained-sample`)
  await heading(page, /没有网络/)
  await page.getByText('这台设备已在别处被退出登录').waitFor()
  assert.equal(await page.getByText('示例红烧肉').count(), 0, 'the list that was taken along is gone')
  await look(page, 'offline-no-network')

  cable.mend()
  await context.setOffline(false)
  await page.getByLabel('账号').waitFor()
  await signIn(page, 'shitang')
  await heading(page, /食品留样/)
  await page.goto(`${cable.url}/records/retained-sample`)
  await heading(page, /食品留样，共 \d+ 条/)
})

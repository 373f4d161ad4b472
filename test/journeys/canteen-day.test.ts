import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { kinds } from '../../src/catalogue.ts'
import type { Kind } from '../../src/language/index.ts'
import { noteMissed } from '../../src/platform/jobs/missed.ts'
import type { Call } from '../../tools/simulate/file.ts'
import { fileAll, type Simulated, type Values } from '../../tools/simulate/fleet.ts'
import { type Wire, wireOf } from '../../tools/simulate/wire.ts'
import { look, noBrowser, phone } from '../browser.ts'
import { eventually } from '../eventually.ts'
import { anyPorts } from '../ingest/line.ts'
import { type City, heading, openCity } from './desk.ts'

/** A canteen's day: the simulator speaks as its devices, its account has a phone, the county officer a desk. */
let city: City
let canteen: Page
let officer: Page
const wires = new Map<string, Wire>()
const minute = 60_000
const dish = '示例红烧肉'
const fridge = '示例食堂日冷藏柜'

const devices = (
  [
    ['MORNINGCHECK', '示例食堂日晨检仪', '门厅'],
    ['CLOUDSCALE', '示例食堂日云秤', '收货口'],
    ['CORETEMP', '示例食堂日中心温度仪', '烹饪间'],
    ['SAMPLECABINET', '示例食堂日留样柜', '留样间'],
    ['FREEZER', fridge, '仓库'],
  ] as const
).map(
  ([model, name, room]): Simulated => ({
    model,
    name,
    room,
    protocol: 'mqtt',
    identity: `day-${model.toLowerCase()}`,
    say: () => undefined,
  }),
)

/** Calls as whoever is signed in on the page. */
const callOf =
  (page: Page): Call =>
  async (method, path, body) => {
    const answer = await page.request.fetch(path, {
      method,
      headers: { 'x-shisu': '1' },
      ...(body === undefined ? {} : { data: body }),
    })
    assert.ok(answer.ok(), `${path} ${await answer.text()}`)
    return answer.json()
  }

before(async () => {
  if (noBrowser) return
  city = await openCity({ ingest: { ports: anyPorts } })
  canteen = await city.enter('shitang', 'phone')
  officer = await city.enter('chengzhong')
  for (const page of [canteen, officer]) page.setDefaultTimeout(20_000)
  const call = callOf(canteen)
  await fileAll(call, devices, 300)
  await call('POST', '/api/v1/records/purchase-order', {
    number: '示例-CG-7',
    supplier: '示例菜场',
    deliverOn: '2026-11-18',
    goods: [{ article: '示例大白菜', quantity: { value: '50', unit: 'KGM' } }],
  })
  const ports = { host: '127.0.0.1', mqtt: city.server.ports.mqtt ?? 0, hj212: 0, jt808: 0 }
  for (const device of devices)
    wires.set(
      device.model,
      wireOf(device, ports, () => {}),
    )
})
after(async () => {
  for (const wire of wires.values()) wire.drop()
  await city?.close()
})

/** So many minutes ago the device of a model said so. */
const said = (model: string, minutesAgo: number, values: Values) =>
  wires.get(model)?.say(Date.now() - minutesAgo * minute, values)

const fits = async (page: Page) =>
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), phone.width, 'nothing sticks out sideways')

/** The newest record of a kind, opened from its list once its title is there. */
async function opened(kind: string, title: string): Promise<void> {
  await eventually(async () => {
    const { items } = await callOf(canteen)('GET', `/api/v1/records/${kind}?q=${encodeURIComponent(title)}`)
    return (items as unknown[]).length > 0 || undefined
  })
  await canteen.goto(`/records/${kind}`)
  await canteen
    .getByRole('link', { name: new RegExp(title) })
    .first()
    .tap()
  await heading(canteen, new RegExp(title))
  await fits(canteen)
}

test('[D5.4.2] [D5.6.5] [D5.10.8] [D5.12.7] the morning check, the receipt, the core temperature and the sample are there as their devices said them', {
  skip: noBrowser,
}, async () => {
  said('MORNINGCHECK', 240, { temperature: 36.4, person: '示例新来的师傅', hands: true })
  said('CLOUDSCALE', 200, { mass: 46.5, article: '示例大白菜', order: '示例-CG-7', stable: true, lot: 'B7' })
  said('CORETEMP', 100, { temperature: 81.5, dish })
  said('SAMPLECABINET', 80, { dish, meal: 'lunch', mass: 131, temperature: 4.1 })
  await opened('morning-check', '示例新来的师傅')
  for (const words of ['可以上岗', '36.4', '示例食堂日晨检仪']) await canteen.getByText(words).first().waitFor()
  await opened('scale-receipt', '示例大白菜')
  await look(canteen, 'day-receipt')
  for (const words of ['46.5', '50', '示例菜场', '示例-CG-7']) await canteen.getByText(words).first().waitFor()
  await opened('core-temperature', dish)
  await canteen.getByText('81.5').first().waitFor()
  await opened('retained-sample', dish)
  for (const words of ['131', '留样中', '示例食堂日留样柜']) await canteen.getByText(words).first().waitFor()
  await look(canteen, 'day-sample')
})

/** Signs on the sheet with the mouse. */
async function sign(page: Page, name: string): Promise<void> {
  await page.getByRole('dialog').getByText('签名', { exact: true }).click()
  const sheet = page.getByRole('dialog', { name: '验收签字' })
  await sheet.getByLabel('签名人').fill(name)
  const box = await sheet.getByLabel('签名处').boundingBox()
  assert.ok(box)
  await page.mouse.move(box.x + 40, box.y + 40)
  await page.mouse.down()
  await page.mouse.move(box.x + 160, box.y + 90, { steps: 5 })
  await page.mouse.up()
  await sheet.getByRole('button', { name: '签好了' }).click()
  await sheet.waitFor({ state: 'detached' })
}

const closedCount = async () => {
  const row = officer.getByRole('region', { name: '按单位' }).locator('tr', { hasText: '示例小学食堂' })
  return Number(await row.locator('td').nth(5).textContent())
}

test('[D4.2.5] [D4.3.5] a warm fridge is on the board, is taken over, mended with a photo, signed off by the officer and counted as closed', {
  skip: noBrowser,
}, async () => {
  await officer.goto('/operations/alarm-statistics')
  await officer.getByRole('region', { name: '按单位' }).waitFor()
  const before = await closedCount()
  for (const [ago, temperature] of [
    [30, 4.5],
    [25, 4.8],
    [20, 11.2],
    [15, 11.9],
    [10, 12.4],
    [5, 12.6],
  ] as const)
    said('FREEZER', ago, { temperature, door: false, power: true })
  await canteen.goto('/operations/device-board')
  const alarm = canteen.locator('.boardalarms').getByRole('link', { name: new RegExp(fridge) })
  await alarm.waitFor()
  await fits(canteen)
  await look(canteen, 'day-board')
  await alarm.tap()
  await heading(canteen, /冷藏温度超限/)
  for (const warm of ['4.5', '11.9', '12.4']) await canteen.getByText(`{"temperature":${warm},`).first().waitFor()
  await fits(canteen)
  await canteen.getByRole('button', { name: '受理', exact: true }).tap()
  await canteen.getByRole('dialog').getByRole('button', { name: '受理', exact: true }).tap()
  await canteen.locator('.tag', { hasText: '已受理' }).first().waitFor()
  said('FREEZER', 0, { temperature: 4.4, door: false, power: true })
  await canteen.getByRole('button', { name: '提交处置结果' }).tap()
  const drawer = canteen.getByRole('dialog')
  await drawer.getByLabel('处置措施').fill('门封夹了菜叶，取出后关严，食品温度未超 2 小时')
  const buffer = await canteen.screenshot({ type: 'jpeg', clip: { x: 0, y: 0, width: 200, height: 150 } })
  await drawer.locator('input[type=file]').last().setInputFiles({ name: 'door.jpg', mimeType: 'image/jpeg', buffer })
  await drawer.getByAltText('处置照片第 1 张').waitFor()
  await look(canteen, 'day-submit')
  await drawer.getByRole('button', { name: '提交处置结果' }).tap()
  await canteen.locator('.tag', { hasText: '待验收' }).first().waitFor()

  await officer.goto('/operations/device-board')
  const same = officer.locator('.boardalarms li', { hasText: fridge })
  await same.locator('.tag', { hasText: '已恢复' }).waitFor()
  await same.getByRole('link').click()
  await officer.getByAltText('处置照片第 1 张').waitFor()
  await officer.getByRole('button', { name: '验收关闭' }).click()
  await sign(officer, '示例验收员')
  await officer.getByRole('dialog').getByRole('button', { name: '验收关闭' }).click()
  await officer.locator('.tag', { hasText: '已关闭' }).first().waitFor()
  await look(officer, 'day-closed')
  await officer.goto('/operations/alarm-statistics')
  await officer.getByRole('region', { name: '按单位' }).waitFor()
  assert.equal(await closedCount(), before + 1)
  await officer.goto('/operations/device-board')
  await officer.locator('.boardalarms').waitFor()
  assert.equal(await officer.locator('.boardalarms li', { hasText: fridge }).count(), 0, 'off the board')
})

/** The last time that it was 21:30 of a working day in Asia/Shanghai. */
function lastClosing(): Date {
  const day = 24 * 60 * minute
  const at = (daysAgo: number) => {
    const local = new Date(Date.now() + 8 * 60 * minute - daysAgo * day).toISOString().slice(0, 10)
    return new Date(`${local}T21:30:00+08:00`)
  }
  const isWorking = (moment: Date) => ![0, 6].includes(moment.getUTCDay()) && moment.getTime() < Date.now()
  for (let ago = 0; ; ago++) if (isWorking(at(ago))) return at(ago)
}

test('a check that nobody made is shown as missed, of its day, and leads to the form that is missing', {
  skip: noBrowser,
}, async () => {
  const closing = lastClosing()
  await noteMissed(city.server.sql, new Map<string, Kind>(kinds.map((each) => [each.name, each])), closing)
  const [, month, day] = closing.toISOString().slice(0, 10).split('-').map(Number)
  await canteen.goto('/notices')
  const missed = canteen.getByRole('link', { name: `${month} 月 ${day} 日的挡鼠板检查没有按时登记` })
  await missed.waitFor()
  await fits(canteen)
  await look(canteen, 'day-missed')
  await missed.tap()
  await heading(canteen, /登记挡鼠板检查/)
  await officer.goto('/notices')
  await officer.getByText(`${month} 月 ${day} 日的挡鼠板检查没有按时登记`).first().waitFor()
})

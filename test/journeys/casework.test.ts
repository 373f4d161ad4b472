import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
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

const clocks = async () => city.server.sql`select from clock where name = 'mediate' and stopped_at is null`

test('an officer’s morning: from 待办 on the desk to a sent reply, and the deadline is met', {
  skip: noBrowser,
}, async () => {
  await eventually(async () => (await clocks()).length > 0, 'the clock of the complaint')
  const page = await city.enter('chengzhong')
  await heading(page, /件待办/)
  await look(page, 'casework-home')
  const mine = page.locator('section', { hasText: '我的待办' })
  await mine.getByText('到店核实胀袋产品的批号（示例）').first().waitFor()
  await mine.getByRole('link', { name: /办结并答复：/ }).click()
  await page.getByText('待办和时限').waitFor()
  await page.getByLabel('批注').fill('已到店，库存 3 袋封存。（示例）')
  await page.getByRole('button', { name: '发表' }).click()
  await page.locator('.comment', { hasText: '库存 3 袋封存' }).waitFor()
  await look(page, 'casework-record')
  await page.getByRole('button', { name: '答复', exact: true }).click()
  const drawer = page.getByRole('dialog')
  await drawer.getByLabel('核查情况').fill('现场核实 3 袋胀袋，已封存送检。（示例）')
  await drawer.getByLabel('答复').fill('商家已退款，产品送检，结果另告。（示例）')
  await drawer.getByRole('button', { name: '答复', exact: true }).click()
  await page.locator('.tag', { hasText: '已答复' }).first().waitFor()
  await eventually(async () => (await clocks()).length === 0, 'the clock stopped')
  await page.goto('/tasks')
  const row = page.locator('tr', { hasText: '到店核实胀袋产品的批号' })
  await row.getByRole('button', { name: '办结' }).click()
  await page
    .getByRole('dialog')
    .getByLabel(/办理情况/)
    .fill('批号已核实')
  await page.getByRole('dialog').getByRole('button', { name: '办结' }).click()
  await row.waitFor({ state: 'detached' })
  await page.goto('/tasks?view=done')
  await page.getByText('批号已核实').waitFor()
})

test('an approval is decided on the record’s page by whoever it waits for', { skip: noBrowser }, async () => {
  const page = await city.enter('yufeng')
  await page.goto('/tasks')
  await page.locator('tr', { hasText: '产品备案会审（示例）' }).getByRole('link', { name: '去审批' }).click()
  await page.locator('.flow').getByRole('button', { name: '同意', exact: true }).click()
  await page.getByRole('dialog').getByLabel(/意见/).fill('材料齐全（示例）')
  await page.getByRole('dialog').getByRole('button', { name: '同意', exact: true }).click()
  await page.locator('.flow li[aria-current]', { hasText: '市局会审' }).waitFor()
  await page.locator('.flow', { hasText: '材料齐全（示例）' }).waitFor()
  await look(page, 'casework-flow')
  const mayor = await city.enter('shiju')
  await mayor.goto('/messages')
  await mayor
    .getByRole('button', { name: /产品备案会审/ })
    .first()
    .waitFor()
  await look(mayor, 'casework-messages')
  await mayor.getByRole('button', { name: '新订阅' }).click()
  await mayor.getByRole('dialog').getByLabel('名称', { exact: true }).fill('紧急问题（示例）')
  await mayor.getByRole('dialog').getByRole('button', { name: '订阅' }).click()
  await mayor.getByText('紧急问题（示例）').waitFor()
  const [subscribed] = await city.server.sql`select from message_subscription`
  assert.ok(subscribed)
  const phone = await city.enter('chengzhong', 'phone')
  await phone.goto('/tasks')
  await heading(phone, /件事要办|没有要办的事/)
  await look(phone, 'casework-phone')
})

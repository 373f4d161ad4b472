import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { look, noBrowser } from '../browser.ts'
import { type City, heading, openCity } from './desk.ts'

let city: City

before(async () => {
  if (!noBrowser) city = await openCity()
})
after(async () => {
  await city?.close()
})

test('[B6.5] [D4.3.7.6] an analyst builds an indicator unaided, charts it, drills to its rows, takes it away as Excel, and makes a report from a template of her own', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('shiju')
  await page.goto('/desk/indicators')
  await heading(page, /指标/)
  await look(page, 'indicators')
  await page.getByRole('link', { name: '新建指标' }).click()
  await page.getByLabel('指标名称').fill('示例：不合格晨检占比')
  await page.getByLabel('算哪类记录').selectOption({ label: '晨检' })
  await page.getByLabel('算什么').selectOption({ label: '符合条件的占多少' })
  await page.getByRole('button', { name: '加一个条件' }).first().click()
  await page.getByLabel('字段', { exact: true }).selectOption({ label: '结论' })
  await page.getByLabel('比较', { exact: true }).selectOption({ label: '是' })
  await page.getByLabel('值', { exact: true }).selectOption({ label: '暂停上岗' })
  await page.getByLabel('谁负责解释').fill('示例科')
  await page.getByText('晨检（结论 是 “暂停上岗”）的条数 ÷ 晨检的条数 × 100%，按日期计').waitFor()
  await look(page, 'indicator-new')
  await page.getByRole('button', { name: '保存并计算' }).click()
  const title = await heading(page, /示例：不合格晨检占比：\d/)
  // How many checks the demonstration has depends on the weekday.
  const [share] = await city.server.sql<{ percent: string }[]>`
    select round(100.0 * count(*) filter (where result = 'unfit') / count(*), 1)::text as percent from morning_check`
  assert.ok(title.includes(`${share?.percent}%`), `${title}, not ${share?.percent}%`)
  await page.locator('.chartbox svg').waitFor()
  await page.getByText('公式、来源和数据时间').click()
  await page.getByText('分母不足 30 时标明样本不足').waitFor()
  await look(page, 'indicator')
  const [excel] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: '导出 Excel' }).click(),
  ])
  assert.match(excel.suggestedFilename(), /不合格晨检占比.*\.xlsx$/)
  const told = await page.getByRole('link', { name: /看全部 [\d,]+ 条记录/ }).textContent()
  await page.getByRole('link', { name: /看全部/ }).click()
  const listed = await heading(page, /符合条件的 [\d,]+ 条/)
  assert.equal(
    /[\d,]+/.exec(listed)?.[0],
    /[\d,]+/.exec(told ?? '')?.[0],
    'the list has exactly the rows that the figure counts',
  )

  await page.goto('/desk/reports?tab=templates')
  await heading(page, /个报告模板/)
  await page.getByRole('link', { name: '新建模板' }).click()
  await page.getByLabel('模板名称').fill('示例：晨检周报')
  await page.getByLabel('种类').selectOption({ label: '周报' })
  await page.getByLabel('插入').selectOption({ label: '指标：示例：不合格晨检占比' })
  await page.getByRole('button', { name: '加指标图' }).click()
  const chart = page.getByRole('group', { name: '第 2 块' })
  await chart.getByLabel('指标', { exact: true }).selectOption({ label: '示例：不合格晨检占比' })
  await page.getByRole('button', { name: '用上一期数据预览' }).click()
  await page.getByText('预览，没有保存').waitFor()
  await page.locator('.piecechart img').waitFor()
  await look(page, 'report-template')
  await page.getByRole('button', { name: '保存并启用' }).click()
  const row = page.getByRole('row').filter({ hasText: '示例：晨检周报' })
  await row.getByRole('button', { name: '生成' }).click()
  await page.getByRole('dialog').getByRole('button', { name: '生成' }).click()
  await heading(page, /^示例：晨检周报（.+）/)
  await page
    .getByText(/公式：晨检（结论 是 “暂停上岗”）/)
    .first()
    .waitFor()
  await look(page, 'report')
  const [report] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Word', exact: true }).click(),
  ])
  assert.match(report.suggestedFilename(), /晨检周报.*\.docx$/)
  await page.context().close()
})

test('[C6.4.2] a reviewer writes a rule, tries it on history and switches it on; refused rows are corrected in bulk and replayed', {
  skip: noBrowser,
}, async () => {
  const page = await city.enter('liunan')
  await page.goto('/desk/review?tab=rules')
  await page.getByRole('link', { name: '新建规则' }).click()
  await page.getByLabel('规则名称').fill('示例：验收人要填')
  await page.getByLabel('查哪类记录').selectOption({ label: '原料进货查验' })
  const must = page.locator('fieldset').filter({ hasText: '记录应当' }).last()
  await must.getByRole('button', { name: '看到货批次' }).click()
  await must.getByLabel('字段', { exact: true }).selectOption({ label: '合格证明' })
  await must.getByLabel('比较', { exact: true }).selectOption({ label: '是' })
  await must.getByLabel('值', { exact: true }).selectOption({ label: '有，合格' })
  await page.getByText('到货批次每一行：合格证明 是 “有，合格”').waitFor()
  await page.getByRole('button', { name: '在历史数据上试查' }).click()
  await page.getByText(/试查 \d+ 条，查出 \d+ 条有问题/).waitFor()
  await look(page, 'rule-trial')
  await page.getByRole('button', { name: '保存并启用' }).click()
  await heading(page, /条规则在审核/)
  await page.goto('/desk/review')
  await heading(page, /条记录需要改正/)
  await look(page, 'findings')
  await page.context().close()

  const own = await city.enter('shitang')
  await own.goto('/desk/quarantine')
  await heading(own, /3 条数据被拒收/)
  await own.getByLabel('选择全部').check()
  await own.getByRole('button', { name: '查找替换…' }).click()
  const box = own.getByRole('dialog')
  await box.getByLabel('字段', { exact: true }).selectOption({ label: '手部卫生' })
  await box.getByLabel('找', { exact: true }).fill('合格')
  await box.getByLabel('换成').fill('clean')
  await box.getByRole('button', { name: '替换' }).click()
  await own.getByText('格式已改好，可以重放').first().waitFor()
  await look(own, 'quarantine')
  await own.getByLabel('选择全部').check()
  await own.getByRole('button', { name: '重放', exact: true }).click()
  await heading(own, /没有被拒收的数据/)
  await own.context().close()

  const phone = await city.enter('shitang', 'phone')
  for (const [name, address] of [
    ['quarantine-phone', '/desk/quarantine?state=replayed'],
    ['indicators-phone', '/desk/indicators'],
    ['findings-phone', '/desk/review'],
  ] as const) {
    await phone.goto(address)
    await phone.locator('h1').waitFor()
    await look(phone, name)
  }
  await phone.context().close()
})

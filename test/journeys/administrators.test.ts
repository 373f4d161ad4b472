import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { Sql } from 'postgres'
import { createAccount, createAuthority } from '../../src/platform/access/accounts.ts'
import { gatherWrites } from '../../src/platform/audit/gather.ts'
import { type Administrators, administratorsOf, codeOf, strong, visitor } from '../access/visitor.ts'
import { desk, look, noBrowser, openBrowser, phone } from '../browser.ts'
import { morning } from '../morning.ts'
import { openTown, type Town } from '../people.ts'

let town: Town
let admins: Administrators
let browser: Browser

before(async () => {
  if (noBrowser) return
  town = await openTown()
  admins = await administratorsOf(town.server)
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await town?.server.close()
})

const at = (path: string) => town.server.url.replace('127.0.0.1', 'localhost') + path

async function pageAt(viewport: { width: number; height: number }): Promise<Page> {
  const context = await browser.newContext({ viewport, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
  const page = await context.newPage()
  page.setDefaultTimeout(90_000)
  page.on('pageerror', (error) => assert.fail(error.message))
  return page
}

async function fill(page: Page, user: string, password: string): Promise<void> {
  // Signing out loads the page anew by itself, which may cut our own visit short.
  await page.goto(at('/')).catch(() => page.goto(at('/')))
  await page.getByLabel('账号').fill(user)
  await page.getByLabel('密码').first().fill(password)
  await page.getByRole('button', { name: '登录' }).click()
}

test('an administrator’s first sign-in changes the password and enrols a passkey, which then opens the door', {
  skip: noBrowser,
}, async () => {
  const now = new Date()
  const sql = town.server.sql as Sql
  const ownerId = await createAuthority(sql, '示例运维单位乙', '450200')
  await createAccount(
    sql,
    { ownerId, login: 'first-admin', name: '示例新管理员', role: 'security', password: strong, mustChange: 'first' },
    now,
  )
  const page = await pageAt(desk)
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  await fill(page, 'first-admin', strong)
  await page.getByText('请先修改密码').first().waitFor()
  await look(page, 'access-first-password')
  await page.getByLabel('现在的密码').fill(strong)
  await page.getByLabel('新密码', { exact: true }).fill('short')
  await page.getByLabel('再填一次新密码').fill('short')
  await page.getByRole('button', { name: '修改密码' }).click()
  await page.getByText(/密码至少 8 位/).waitFor()
  await page.getByLabel('新密码', { exact: true }).fill('Luosifen-2026!')
  await page.getByLabel('再填一次新密码').fill('Luosifen-2026!')
  await page.getByRole('button', { name: '修改密码' }).click()
  await page.getByText('添加第二验证方式').waitFor()
  await look(page, 'access-enrol')
  await page.getByRole('button', { name: /通行密钥/ }).click()
  await page.getByText('备用码').first().waitFor()
  await page.getByRole('button', { name: '已抄下' }).click()
  await page.getByRole('heading', { name: '没有等您审批的事项' }).waitFor()
  await page.getByRole('button', { name: '退出' }).first().click()
  await page.getByRole('button', { name: '登录' }).waitFor()
  await fill(page, 'first-admin', 'Luosifen-2026!')
  await page.getByText('第二步验证').waitFor()
  await page.getByRole('button', { name: /通行密钥/ }).click()
  await page.getByRole('heading', { name: '没有等您审批的事项' }).waitFor()
})

async function enter(viewport: { width: number; height: number }, role: keyof Administrators): Promise<Page> {
  const page = await pageAt(viewport)
  await town.server.sql`update second_factor set last_step = 0`
  await fill(page, admins[role].login, strong)
  await page.getByLabel('动态口令或备用码').fill(codeOf(admins[role].secret))
  await page.getByRole('button', { name: '继续' }).click()
  await page
    .getByRole('navigation', { name: /主菜单|底部菜单/ })
    .first()
    .waitFor()
  return page
}

test('the system administrator opens an account, the security administrator lets it in, the auditor sees both', {
  skip: noBrowser,
}, async () => {
  await town.factory.call('POST', '/api/v1/records/morning-check', morning)
  const system = await enter(desk, 'system')
  await system.getByRole('link', { name: '账号' }).click()
  await system.getByRole('button', { name: '开立账号' }).click()
  await system.getByLabel('用户名').fill('xin-ren')
  await system.getByLabel('姓名').fill('示例新人')
  await system.getByLabel('角色').selectOption('city')
  await system.getByLabel('所属单位').selectOption({ index: 0 })
  await system.getByLabel('开立原因').fill('新到岗')
  await look(system, 'access-open-account')
  await system.getByRole('dialog').getByRole('button', { name: '开立' }).click()
  await system.getByRole('button', { name: '已抄下' }).click()
  await look(system, 'access-accounts')

  const security = await enter(desk, 'security')
  await security.getByRole('heading', { name: '1 项等您审批' }).waitFor()
  await look(security, 'access-approvals')
  await security.getByRole('button', { name: '批准' }).click()
  await security.getByRole('dialog').getByRole('button', { name: '批准' }).click()
  await security.getByRole('heading', { name: '没有等您审批的事项' }).waitFor()
  for (const [name, title] of [
    ['策略', '安全策略'],
    ['角色与权限', '角色与权限'],
    ['接口与令牌', '接口与令牌'],
    ['我的登录安全', '我的登录安全'],
  ] as const) {
    await security.getByRole('link', { name, exact: true }).click()
    await security.getByRole('heading', { name: title }).first().waitFor()
    await look(security, `access-${name}`.replace(/[^a-z-]/g, '') + name.length)
  }

  await gatherWrites(town.server.sql as Sql)
  const auditor = await enter(desk, 'audit')
  await auditor.getByText('示例新人').first().waitFor()
  await look(auditor, 'access-audit')
  await auditor.getByLabel('动作').selectOption('create')
  await auditor.getByRole('button', { name: '查找', exact: true }).click()
  await auditor.locator('tbody tr').first().click()
  await auditor.getByRole('dialog').waitFor()
  await look(auditor, 'access-audit-entry')
})

test('the administrators’ pages fit a phone', { skip: noBrowser }, async () => {
  const auditor = await enter(phone, 'audit')
  for (const name of ['audit', 'alarms', 'policies', 'me']) {
    await auditor.goto(at(`/desk/${name}`))
    await auditor.locator('h1').waitFor()
    await auditor.waitForTimeout(300)
    const wide = await auditor.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
    assert.ok(wide <= 0, `${name} is ${wide} px too wide`)
    await look(auditor, `access-${name}-phone`)
  }
})

test('a shared phone is opened by QR and PIN', { skip: noBrowser }, async () => {
  const { visitor } = await import('../access/visitor.ts')
  const [account] = await town.server.sql<{ id: string; login: string }[]>`
    select id, login from account where owner_id = ${town.factory.ownerId} limit 1`
  const keeper = visitor(town.server.url)
  await keeper.signIn(account?.login ?? '', 'Test-12345')
  const point = await keeper.call<{ url: string }>('POST', '/api/v1/site-points', { title: '后厨' })
  await keeper.call('PUT', `/api/v1/site-points/people/${account?.id}/pin`, { pin: '730194' })
  const page = await pageAt(phone)
  await page.goto(at(new URL(point.body.url).pathname))
  await page.getByText('请输入 PIN').waitFor()
  await look(page, 'access-pin-phone')
  for (const digit of '730194') await page.getByRole('button', { name: digit, exact: true }).click()
  await page.getByRole('navigation', { name: '底部菜单' }).waitFor()
})

test('whoever looks with another’s eyes is told so on every page, and ends it there', { skip: noBrowser }, async () => {
  const sql = town.server.sql as Sql
  const officer = {
    ownerId: town.city.ownerId,
    login: 'looking',
    name: '示例查看人',
    role: 'city',
    password: strong,
  } as const
  await createAccount(sql, officer, new Date())
  const guest = visitor(at(''))
  await guest.signIn('looking', strong)
  const [seen] = await sql<{ id: string }[]>`select id from account where owner_id = ${town.factory.ownerId} limit 1`
  const begun = await guest.call('POST', '/api/v1/view-as', { account: seen?.id, reason: '核对企业所见' })
  assert.equal(begun.status, 204, JSON.stringify(begun.body))
  for (const viewport of [desk, phone]) {
    const page = await pageAt(viewport)
    const [name = '', value = ''] = guest.cookie.split('=')
    await page.context().addCookies([{ name, value, url: at('/') }])
    await page.goto(at('/records/morning-check'))
    const told = page.getByText(/的视角查看，只能看/)
    await told.waitFor()
    const box = await told.boundingBox()
    assert.ok(
      box && box.y >= 0 && box.y + box.height <= viewport.height,
      `seen without scrolling: ${JSON.stringify(box)}`,
    )
    await look(page, `view-as-${viewport.width}`)
    if (viewport === phone) await page.getByRole('button', { name: '结束', exact: true }).click()
    if (viewport === phone) await told.waitFor({ state: 'detached' })
    await page.context().close()
  }
})

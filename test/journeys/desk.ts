import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { IngestOptions } from '../../src/platform/ingest/index.ts'
import { bringPages } from '../../tools/bring/pages.mjs'
import { desk, openBrowser, phone } from '../browser.ts'
import { startServer, type TestServer } from '../server.ts'

type Account = { role: string; user: string; password: string; name: string }

/** The demonstration city with its application, and a browser to use it with. */
export type City = {
  server: TestServer
  /** Signs in through the login page and answers the page that follows. */
  enter(user: string, width?: 'desk' | 'phone'): Promise<Page>
  close(): Promise<void>
}

const widths: Readonly<Record<'desk' | 'phone', BrowserContextOptions>> = {
  desk: { viewport: desk },
  phone: { viewport: phone, isMobile: true, hasTouch: true },
}

/** Starts the real application with the demonstration city; every script error of a page fails the journey. `ingest`: devices may speak. */
export async function openCity({ ingest }: { ingest?: IngestOptions } = {}): Promise<City> {
  bringPages()
  const server = await startServer({ demo: true, ingest })
  const { accounts } = JSON.parse(readFileSync(join(server.dataDir, 'demo.json'), 'utf8')) as { accounts: Account[] }
  const browser: Browser = await openBrowser()
  const faults: Error[] = []
  return {
    server,
    async enter(user, width = 'desk') {
      const account = accounts.find((each) => each.user === user)
      if (!account) throw new Error(`no account ${user}`)
      const context = await browser.newContext({
        ...widths[width],
        baseURL: server.url,
        locale: 'zh-CN',
        timezoneId: 'Asia/Shanghai',
      })
      const page = await context.newPage()
      page.setDefaultTimeout(90_000)
      page.on('pageerror', (error) => faults.push(error))
      await page.goto('/')
      await page.getByLabel('账号').fill(account.user)
      await page.getByLabel('密码').fill(account.password)
      await page.getByRole('button', { name: '登录' }).click()
      await page.locator('.shell').waitFor()
      return page
    },
    async close() {
      await browser.close()
      await server.close()
      if (faults[0]) throw faults[0]
    },
  }
}

/** The text of the page's heading once it says something matching. */
export async function heading(page: Page, saying: RegExp): Promise<string> {
  const found = page.getByRole('heading', { level: 1, name: saying })
  await found.waitFor()
  return (await found.textContent()) ?? ''
}

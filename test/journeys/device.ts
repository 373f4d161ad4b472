import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { phone } from '../browser.ts'

/** A phone with a memory: its browser can be killed and started again on the same profile. */
export type Device = { context: BrowserContext; page: Page; kill(): Promise<void> }

function address(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('Chromium ended before it listened')))
    if (!child.stderr) return
    createInterface({ input: child.stderr }).on('line', (line) => {
      const [, url] = /DevTools listening on (ws:\S+)/.exec(line) ?? []
      if (url) resolve(url)
    })
  })
}

/** Starts Chromium on a profile folder, without a network where asked. */
export async function openDevice(profile: string, { offline = false } = {}): Promise<Device> {
  const child = spawn(
    '/usr/bin/chromium',
    [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--lang=zh-CN',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const browser = await chromium.connectOverCDP(await address(child))
  const context = browser.contexts()[0] as BrowserContext
  await context.setOffline(offline)
  const page = context.pages()[0] ?? (await context.newPage())
  await page.setViewportSize(phone)
  page.setDefaultTimeout(30_000)
  return {
    context,
    page,
    async kill() {
      child.kill('SIGKILL')
      await gone
      await browser.close().catch(() => {})
    },
  }
}

import { existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'

const executablePath = '/usr/bin/chromium'
const pictures = fileURLToPath(new URL('pictures/', import.meta.url))

/** Why journeys cannot run here, or false: `test(title, { skip: noBrowser }, …)`. */
export const noBrowser: string | false = existsSync(executablePath)
  ? false
  : '没有 Chromium（npm test 会用 apt-get 安装）'

/** The widths at which pages are judged. */
export const desk = { width: 1440, height: 900 }
export const phone = { width: 390, height: 844 }

/** Debian's Chromium without a window. The caller closes it. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

/** Saves a picture of the whole page as test/pictures/NAME.png (git-ignored) for people to look at. */
export async function look(page: Page, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: `${pictures}${name}.png`, fullPage: true, animations: 'disabled' })
}

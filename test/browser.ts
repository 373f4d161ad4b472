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

/** Chromium as the tests have it. */
export const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Debian's Chromium without a window. The caller closes it. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    // Without a language of the machine's own it writes names of downloads without their Chinese characters.
    env: { ...process.env, LANG: 'C.UTF-8' },
    args: [...flags, '--force-prefers-reduced-motion'],
  })
}

/** Saves a picture of the whole page as test/pictures/NAME.png (git-ignored) for people to look at; nobody looks on CI. */
export async function look(page: Page, name: string): Promise<void> {
  if (process.env.CI) return
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: `${pictures}${name}.png`, fullPage: true, animations: 'disabled' })
}

/**
 * How often a page draws anew in two seconds in which nobody touches it: React hands each drawing to itself through a
 * message port. A count, not a time: a slow or busy machine draws less often, never more.
 */
export async function drawingsAtRest(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const { prototype } = MessagePort
    const { postMessage } = prototype
    let drawings = 0
    prototype.postMessage = function (...given: unknown[]) {
      drawings += 1
      return Reflect.apply(postMessage, this, given)
    }
    await new Promise((resolve) => setTimeout(resolve, 2000))
    prototype.postMessage = postMessage
    return drawings
  })
}

import { type ChildProcess, spawn } from 'node:child_process'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { flags, phone } from '../browser.ts'

/** A phone with a memory: its browser can be killed and started again on the same profile. */
export type Device = { context: BrowserContext; page: Page; kill(): Promise<void> }

/** A network that can be cut: also for a service worker, which no emulation of the page reaches. */
export type Cable = { url: string; cut(): void; mend(): void; close(): void }

export async function layCable(target: string): Promise<Cable> {
  const { port } = new URL(target)
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    if (isCut) return near.destroy()
    const far = connect(Number(port), 'localhost')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => {
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const cutAll = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    cut() {
      isCut = true
      cutAll()
    },
    mend() {
      isCut = false
    },
    close() {
      cutAll()
      server.close()
    },
  }
}

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
    [...flags, '--lang=zh-CN', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const browser = await chromium.connectOverCDP(await address(child))
  const context = browser.contexts()[0] as BrowserContext
  await context.setOffline(offline)
  const page = context.pages()[0] ?? (await context.newPage())
  await page.setViewportSize(phone)
  page.setDefaultTimeout(60_000)
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

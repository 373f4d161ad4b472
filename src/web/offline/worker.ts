import { itemsOf } from '../outbox/items.ts'
import { flush } from '../outbox/send.ts'
import { lastAccount } from './account.ts'
import { keptFile } from './files.ts'

/** What the build puts in: the files of the application and a name for this set of them. */
declare const __SHELL__: { version: string; files: string[] }

type Waiting = Event & { waitUntil(promise: Promise<unknown>): void }
type Asked = Waiting & { request: Request; respondWith(response: Promise<Response>): void }
type Scope = {
  skipWaiting(): Promise<void>
  clients: { claim(): Promise<void> }
  addEventListener(type: string, act: (event: never) => void): void
}
const worker = globalThis as unknown as Scope

const { version, files } = __SHELL__
const shell = `shell-${version}`
/** A page that has not come by then is taken from what is kept. */
const patienceMs = 4000
/** The server's own pages: never answered with the application. */
const served = /^\/(api|epcis|scan|search|metrics|healthz|readyz|\d+)(\/|$)/
const filePath = /^\/api\/v1\/files\/([0-9a-f]{64})$/

async function install(): Promise<void> {
  const cache = await caches.open(shell)
  await cache.addAll(files.map((path) => new Request(path, { cache: 'no-cache' })))
  await worker.skipWaiting()
}

async function activate(): Promise<void> {
  for (const name of await caches.keys()) if (name !== shell) await caches.delete(name)
  await worker.clients.claim()
}

/** The page of the server while it answers; the kept one otherwise. */
async function page(request: Request): Promise<Response> {
  try {
    return await fetch(request, { signal: AbortSignal.timeout(patienceMs) })
  } catch (error) {
    const kept = await caches.match('/')
    if (kept) return kept
    throw error
  }
}

/** Files whose name says their content are never asked for twice. */
async function part(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request)
}

/** A photo that waits here to be sent is shown from here. */
async function file(request: Request, sha256: string): Promise<Response> {
  const blob = await keptFile(sha256).catch(() => undefined)
  return blob ? new Response(blob) : fetch(request)
}

worker.addEventListener('install', (event: Waiting) => event.waitUntil(install()))
worker.addEventListener('activate', (event: Waiting) => event.waitUntil(activate()))
worker.addEventListener('fetch', (event: Asked) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin) return
  const [, sha256] = filePath.exec(url.pathname) ?? []
  if (sha256) event.respondWith(file(request, sha256))
  else if (request.mode === 'navigate' && !served.test(url.pathname)) event.respondWith(page(request))
  else if (files.includes(url.pathname) && url.pathname !== '/') event.respondWith(part(request))
})
// Background Sync: the network came back, maybe after the page was closed. Not everything sent is a reason to be asked again.
worker.addEventListener('sync', (event: Waiting) =>
  event.waitUntil(
    flush().then(async () => {
      const account = await lastAccount()
      const left = account ? await itemsOf(account) : []
      if (left.some((item) => item.state === 'waiting')) throw new Error('not all sent')
    }),
  ),
)

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import Fastify from 'fastify'
import { pageRoutes } from '../../src/platform/http/pages.ts'
import { path, routeOf } from '../../src/web/shell/path.ts'

const pathname = (address: string) => new URL(address, 'http://x').pathname

test('every address that is built is read back as the page it was built for', () => {
  assert.deepEqual(routeOf(pathname(path.home())), { page: 'home' })
  assert.deepEqual(routeOf(pathname(path.notices({ level: 'bad' }))), { page: 'notices' })
  assert.deepEqual(routeOf(pathname(path.list('a-kind', { q: '米' }))), { page: 'list', kind: 'a-kind' })
  assert.deepEqual(routeOf(pathname(path.create('a-kind'))), { page: 'create', kind: 'a-kind' })
  assert.deepEqual(routeOf(pathname(path.record('a-kind', 'i d/1'))), { page: 'record', kind: 'a-kind', id: 'i d/1' })
  assert.deepEqual(routeOf(pathname(path.edit('a-kind', '1'))), { page: 'edit', kind: 'a-kind', id: '1' })
  assert.deepEqual(routeOf(pathname(path.operation('do-it'))), { page: 'operation', name: 'do-it' })
  assert.deepEqual(routeOf(pathname(path.codes())), { page: 'codes', id: undefined })
  assert.deepEqual(routeOf(pathname(path.codes('a b'))), { page: 'codes', id: 'a b' })
  assert.deepEqual(routeOf(pathname(path.recall('x', { lot: 'y' }))), { page: 'recall', id: 'x' })
  assert.deepEqual(routeOf(pathname(path.events({ epc: '1 2' }))), { page: 'events' })
  assert.deepEqual(routeOf(pathname(path.capture())), { page: 'capture' })
  assert.deepEqual(routeOf(pathname(path.trace('urn:epc:id:sgtin:1.2.3'))), { page: 'trace' })
})

test('an address that means nothing is a missing page, not a fault', () => {
  for (const strange of [
    '/nothing',
    '/records',
    '/records/a/b/c',
    '/records/a/b/edit/more',
    '/trace/x',
    '/notices/1',
    '/%E0%A4%A',
  ])
    assert.equal(routeOf(strange).page, 'missing', strange)
})

test('conditions without a value do not stand in the address', () => {
  assert.equal(path.list('a', { q: '', state: undefined }), '/records/a')
  assert.equal(path.trace('https://id.gs1.org/01/1?x=1'), '/trace?id=https%3A%2F%2Fid.gs1.org%2F01%2F1%3Fx%3D1')
})

test('a build that takes the place of another under a running server is served at once, page and files', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'shisu-pages-'))
  const build = (name: string, script: string) => {
    mkdirSync(join(root, name, 'assets'), { recursive: true })
    writeFileSync(join(root, name, 'assets', script), `/* ${script} */`)
    writeFileSync(join(root, name, 'index.html'), `<head></head><script src="/assets/${script}"></script>`)
    writeFileSync(join(root, name, 'icon.svg'), '<svg/>')
  }
  build('web', 'main-old.js')
  const app = Fastify()
  pageRoutes(app, { pagesDir: join(root, 'web') })
  t.after(async () => {
    await app.close()
    rmSync(root, { recursive: true })
  })
  const page = async () => (await app.inject({ url: '/records/subject', headers: { accept: 'text/html' } })).body
  assert.match(await page(), /main-old/)
  assert.match(String((await app.inject('/assets/main-old.js')).headers['cache-control']), /immutable/)
  assert.equal((await app.inject('/icon.svg')).headers['cache-control'], 'no-cache')

  build('web.new', 'main-new.js')
  rmSync(join(root, 'web'), { recursive: true })
  assert.match(await page(), /main-old/, 'between two builds the last page stands')
  renameSync(join(root, 'web.new'), join(root, 'web'))
  assert.match(await page(), /main-new/)
  const script = await app.inject('/assets/main-new.js')
  assert.equal(script.body, '/* main-new.js */')
  assert.equal((await app.inject('/assets/main-old.js')).statusCode, 404)
  for (const url of ['/assets/../index.html', '/assets/%2e%2e/index.html', '/assets/', '/assets'])
    assert.equal((await app.inject(url)).statusCode >= 400, true, url)
})

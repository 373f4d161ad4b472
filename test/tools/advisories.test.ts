import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { advisories, readAdvisories } from '../../tools/advisories.mjs'

const report = (high: number, low: number) =>
  JSON.stringify({
    vulnerabilities: { left: { name: 'left-pad', severity: high ? 'high' : 'low' } },
    metadata: { vulnerabilities: { critical: 0, high, moderate: 0, low, info: 0 } },
  })

test('[D6.4.4] a serious known weakness of a package fails the check, a slight one is told, no network is said plainly', () => {
  assert.deepEqual(readAdvisories(report(1, 0)), { fails: true, text: '高 1 个：left-pad（高）' })
  assert.equal(readAdvisories(report(0, 1)).fails, false)
  assert.equal(readAdvisories(report(0, 0)).text, '没有已知漏洞')
  for (const nothing of ['', 'npm error ENOTFOUND', '{"error":{"code":"ENOAUDIT"}}']) {
    assert.equal(readAdvisories(nothing).fails, false)
    assert.match(readAdvisories(nothing).text, /连不上公告库/)
  }
})

/** A registry that knows one package and what is wrong with it, as npm asks for it. */
function registry() {
  const versions = { '1.0.0': { name: 'left-pad', version: '1.0.0', dist: { tarball: 'http://127.0.0.1/x.tgz' } } }
  const known = {
    id: 1,
    url: 'https://example.com/1',
    title: '示例',
    severity: 'critical',
    vulnerable_versions: '<2.0.0',
  }
  return createServer((request, answer) => {
    answer.setHeader('content-type', 'application/json')
    const isAsked = request.url?.endsWith('/advisories/bulk')
    answer.end(JSON.stringify(isAsked ? { 'left-pad': [known] } : { name: 'left-pad', 'dist-tags': {}, versions }))
  })
}

test('[A8.6.2] npm itself is asked: a package with a known serious weakness fails the check, an unreachable registry is said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shisu-audit-'))
  const dependencies = { 'left-pad': '1.0.0' }
  const root = { name: 'x', version: '1.0.0', dependencies }
  const held = { version: '1.0.0', resolved: 'http://127.0.0.1/x.tgz' }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(root))
  writeFileSync(
    join(folder, 'package-lock.json'),
    JSON.stringify({ ...root, lockfileVersion: 3, packages: { '': root, 'node_modules/left-pad': held } }),
  )
  const server = registry()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const before = process.env.npm_config_registry
  try {
    process.env.npm_config_registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const found = await advisories(folder)
    assert.equal(found.fails, true, found.text)
    assert.match(found.text, /严重 1 个：left-pad/)
    await new Promise((done) => server.close(done))
    const alone = await advisories(folder)
    assert.equal(alone.fails, false)
    assert.match(alone.text, /连不上公告库/)
  } finally {
    if (before === undefined) delete process.env.npm_config_registry
    else process.env.npm_config_registry = before
    rmSync(folder, { recursive: true, force: true })
  }
})

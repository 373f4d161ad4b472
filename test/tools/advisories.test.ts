import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAdvisories } from '../../tools/advisories.mjs'

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

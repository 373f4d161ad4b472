import { execFile } from 'node:child_process'

const patienceMs = 30_000
const words = { critical: '严重', high: '高', moderate: '中', low: '低', info: '提示' }

/**
 * What is publicly known against the packages that run in production (`npm audit`). `fails` where something serious is;
 * without a way to the registry the text says so and nothing fails: the licences and bytes are held by a law of the tests.
 */
export async function advisories(checkout) {
  const answer = await new Promise((done) => {
    const args = ['audit', '--omit=dev', '--json']
    execFile('npm', args, { cwd: checkout, timeout: patienceMs, maxBuffer: 32 * 1024 * 1024 }, (_error, stdout) =>
      done(stdout),
    )
  })
  return readAdvisories(answer)
}

/** Reads npm's report. Exported for its test. */
export function readAdvisories(text) {
  let report
  try {
    report = JSON.parse(text)
  } catch {}
  const counts = report?.metadata?.vulnerabilities
  if (!counts) return { fails: false, text: '没有查：连不上公告库，联网后再运行一次（许可证和包的摘要已由测试核对）' }
  const found = Object.entries(words).filter(([level]) => counts[level] > 0)
  if (found.length === 0) return { fails: false, text: '没有已知漏洞' }
  const names = Object.values(report.vulnerabilities ?? {}).map(
    ({ name, severity }) => `${name}（${words[severity] ?? severity}）`,
  )
  const said = found.map(([level, word]) => `${word} ${counts[level]} 个`).join('，')
  return { fails: counts.critical + counts.high > 0, text: `${said}：${names.join('、')}` }
}

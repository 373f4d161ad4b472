import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import type { Sql } from 'postgres'
import { type Ledger, trustedKeys } from '../platform/ledger/ledger.ts'
import type { Trusted } from '../standards/proof-file/index.ts'
import { trusted as asIs, html } from './html.ts'
import { type Mode, page } from './page.ts'
import { policy } from './style.ts'

/** What the page runs: the very files that the platform itself uses, types taken off, one after another. */
const parts = [
  'jcs/index.ts',
  'tlog/bytes.ts',
  'tlog/proof.ts',
  'tlog/note.ts',
  'tlog/checkpoint.ts',
  'tlog/tlog-proof.ts',
  'proof-file/signatures.ts',
  'proof-file/index.ts',
]

function readable(part: string): string {
  const source = readFileSync(fileURLToPath(new URL(`../standards/${part}`, import.meta.url)), 'utf8')
  const plain = stripTypeScriptTypes(source)
    .replace(/^import\s[^']*'[^']+'\s*$/gm, '')
    .replace(/^export (?=async function|function|const)/gm, '')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
  return `// ${part}\n${plain.trim()}\n`
}

const act = `
const box = document.querySelector('textarea')
const out = document.querySelector('#result')
const show = async () => {
  if (!box.value.trim()) return
  const { ok, points } = await checkProofFile(box.value, trusted)
  const sign = { true: '✓', false: '✗', null: '○' }
  out.replaceChildren(
    Object.assign(document.createElement('h2'), { textContent: ok ? '核对通过' : '核对没有通过' }),
    ...points.map(({ held, text }) => Object.assign(document.createElement('p'), { textContent: sign[held] + ' ' + text })),
  )
  out.className = ok ? 'good' : 'bad'
}
box.addEventListener('input', show)
document.querySelector('input[type=file]').addEventListener('change', async ({ target }) => {
  if (target.files[0]) box.value = await target.files[0].text()
  await show()
})
`

const code = `${parts.map(readable).join('\n')}\n// 页面\n${act}`

/**
 * The page where anybody checks a proof file: all of it in one file, so that it works as well saved and without a network.
 * Gives the page and the policy that lets exactly this script run and nothing be asked.
 */
export function verifyPage(mode: Mode, trusted: Trusted): { body: string; policy: string } {
  const script = `const trusted = ${JSON.stringify(trusted).replace(/</g, '\\u003c')}\n${code}`
  const digest = createHash('sha256').update(script).digest('base64')
  const body = page(
    '核对存证',
    mode,
    html`<main class="narrow verify">
<h1>核对存证</h1>
<p>选择下载的存证文件，或把它的内容粘贴在下面。核对全在您的浏览器里完成，不联网；也可以把本页另存到自己的电脑上再用。</p>
<p><input type="file" accept=".json,application/json" aria-label="存证文件"></p>
<p><textarea rows="4" placeholder="存证文件的内容" aria-label="存证文件的内容" spellcheck="false"></textarea></p>
<div id="result" role="status"></div>
<details><summary>信任的公钥</summary><p><code>${trusted.log}</code></p>${trusted.witnesses.map((key) => html`<p><code>${key}</code></p>`)}${trusted.consortium ? html`<p>联盟链 ${trusted.consortium.origin}，至少 ${trusted.consortium.quorum} 个成员签名：</p>${trusted.consortium.members.map((key) => html`<p><code>${key}</code></p>`)}` : ''}<p>公钥由本平台给出。要不依赖平台，请把它与您从别处得到的公钥对照。</p></details>
<details><summary>本页用来核对的代码</summary><pre>${code}</pre></details>
<script type="module">${asIs(script)}</script>
</main>`,
  )
  return {
    body,
    policy: `${policy}; script-src 'sha256-${digest}'`,
  }
}

/** `/verify`: where anybody checks a proof file. */
export function verifyRoutes(app: FastifyInstance, house: { sql: Sql; ledger: Ledger }): void {
  app.get('/verify', async (request, reply) => {
    const big = (request.query as Record<string, unknown>).big === '1'
    const mode = { big, other: big ? '/verify' : '/verify?big=1' }
    const { body, policy } = verifyPage(mode, await trustedKeys(house.sql, house.ledger))
    return reply
      .headers({
        'content-security-policy': policy,
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      })
      .type('text/html; charset=utf-8')
      .send(body)
  })
}

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Sql } from 'postgres'
import { type Ledger, trustedKeys } from '../platform/ledger/ledger.ts'
import type { Trusted } from '../standards/proof-file/index.ts'
import { trusted as asIs, type Html, html } from './html.ts'
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
  'proof-file/story.ts',
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
  // What was found of another text is not said of this one.
  const text = box.value
  out.replaceChildren()
  out.className = ''
  if (!text.trim()) return
  const { ok, points } = await checkProofFile(text, trusted)
  if (box.value !== text) return
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

let made: string | undefined

// Made when the page is first asked for: taking types off costs a tenth of what a start costs.
function checking(): string {
  made ??= parts.map(readable).join('\n')
  return made
}

/** What the reader's trust rests on, for him to compare. */
export const keysPart = (trusted: Trusted): Html =>
  html`<details><summary>信任的公钥</summary><p><code>${trusted.log}</code></p>${trusted.witnesses.map((key) => html`<p><code>${key}</code></p>`)}${trusted.consortium ? html`<p>联盟链 ${trusted.consortium.origin}，至少 ${trusted.consortium.quorum} 个成员签名：</p>${trusted.consortium.members.map((key) => html`<p><code>${key}</code></p>`)}` : ''}<p>公钥由本平台给出。要不依赖平台，请把它与您从别处得到的公钥对照。</p></details>`

/**
 * A page that checks by itself, in one file: it works as well saved and without a network. `act` is what it does with the code
 * that checks. Gives the page and the policy that lets exactly this script run and nothing be asked.
 */
export function checkingPage(
  { title, mode, trusted }: { title: string; mode: Mode; trusted: Trusted },
  act: string,
  content: Html,
): { body: string; policy: string } {
  const code = `${checking()}\n// 页面\n${act}`
  const script = `const trusted = ${JSON.stringify(trusted).replace(/</g, '\\u003c')}\n${code}`
  const digest = createHash('sha256').update(script).digest('base64')
  const body = page(
    title,
    mode,
    html`<main class="narrow verify">
${content}
${keysPart(trusted)}
<details><summary>本页用来核对的代码</summary><pre>${code}</pre></details>
<script type="module">${asIs(script)}</script>
</main>`,
  )
  return { body, policy: `${policy}; script-src 'sha256-${digest}'` }
}

/** The page where anybody checks a proof file. */
function verifyPage(mode: Mode, trusted: Trusted) {
  return checkingPage(
    { title: '核对存证', mode, trusted },
    act,
    html`<h1>核对存证</h1>
<p>选择下载的存证文件，或把它的内容粘贴在下面。核对全在您的浏览器里完成，不联网；也可以把本页另存到自己的电脑上再用。</p>
<p><input type="file" accept=".json,application/json" aria-label="存证文件"></p>
<p><textarea rows="4" placeholder="存证文件的内容" aria-label="存证文件的内容" spellcheck="false"></textarea></p>
<div id="result" role="status"></div>`,
  )
}

/** Sends a page that runs its own script and nothing else. */
export function sendChecking(reply: FastifyReply, { body, policy }: { body: string; policy: string }): FastifyReply {
  return reply
    .headers({
      'content-security-policy': policy,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    .type('text/html; charset=utf-8')
    .send(body)
}

/** `/verify`: where anybody checks a proof file. */
export function verifyRoutes(app: FastifyInstance, house: { sql: Sql; ledger: Ledger }): void {
  app.get('/verify', async (request, reply) => {
    const big = (request.query as Record<string, unknown>).big === '1'
    const mode = { big, other: big ? '/verify' : '/verify?big=1' }
    return sendChecking(reply, verifyPage(mode, await trustedKeys(house.sql, house.ledger)))
  })
}

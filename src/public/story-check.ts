import type { FastifyInstance } from 'fastify'
import type { Sql } from 'postgres'
import { type Ledger, trustedKeys } from '../platform/ledger/ledger.ts'
import type { StoryFile } from '../standards/proof-file/story.ts'
import type { Stories, Story } from '../trace/index.ts'
import { html } from './html.ts'
import { type Mode, page } from './page.ts'
import { readLink } from './resolver.ts'
import { policy } from './style.ts'
import { storyFile } from './told.ts'
import { checkingPage, sendChecking } from './verify-page.ts'

/** The page's own part: it checks what it brought, and shows the words as they stand in the log, not as the page has them. */
const act = `
const text = document.querySelector('#file').textContent
const line = (tag, text) => Object.assign(document.createElement(tag), { textContent: text })
const fact = (title, value) => value === undefined ? [] : [line('dt', title), line('dd', String(value))]
const { ok, points, told } = await checkStory(text, trusted)
const sign = { true: '✓', false: '✗', null: '○' }
const out = document.querySelector('#result')
out.replaceChildren(
  line('h2', ok ? '核对通过' : '核对没有通过'),
  ...points.map(({ held, text }) => line('p', sign[held] + ' ' + text)),
)
out.className = ok ? 'good' : 'bad'
const halts = { recalled: '已召回', held: '已暂停销售' }
const results = { passed: '合格', failed: '不合格', untold: '没有申报' }
if (told) {
  const day = (at) => new Date(at).toLocaleDateString('zh-CN', { timeZone: 'Asia/Shanghai' })
  const facts = document.createElement('dl')
  facts.append(
    ...fact('产品', told.product.name),
    ...fact('生产企业', told.product.maker),
    ...fact('批号', told.lot),
    ...fact('生产日期', told.product.productionDay),
    ...fact('检验结论', told.inspection && results[told.inspection.result]),
    ...fact('状态', told.halt ? halts[told.halt.kind] + '（' + told.halt.by + '，' + day(told.halt.since) + '）' : '没有召回或停售'),
  )
  const steps = document.createElement('ol')
  steps.append(...told.steps.map(({ at, text, detail }) => line('li', day(at) + ' ' + text + (detail ? '：' + detail : ''))))
  document.querySelector('#told').append(line('h2', '日志里写的是'), facts, steps)
}
`

function storyCheckPage(
  mode: Mode,
  file: StoryFile,
  trusted: Parameters<typeof checkingPage>[0]['trusted'],
  back: string,
) {
  const text = JSON.stringify(file)
  return checkingPage(
    { title: '核对这一批的说法', mode, trusted },
    act,
    html`<h1>核对这一批的说法</h1>
<p>平台告诉您的这一批的事，写进了只能追加、不能改动的日志。下面由您的浏览器自己核对，不联网，不靠平台说了算。</p>
<div id="result" role="status"></div>
<section id="told" class="part"></section>
<p><a href="${back}">回到这一批的页面</a></p>
<details><summary>存证文件</summary><p>可存成文件，以后到<a href="/verify">核对存证</a>页再核对。</p><pre id="file">${text}</pre></details>`,
  )
}

const waiting = (mode: Mode, path: string) =>
  page(
    '正在写入日志',
    mode,
    html`<meta http-equiv="refresh" content="2"><main class="narrow"><h1>正在写入日志</h1>
<p>这份说法刚刚写入，几秒后就能核对，本页会自己刷新。</p><p><a href="${path}">现在刷新</a></p></main>`,
  )

/** Where the words about a story's lot are checked. */
export const checkPathOf = ({ gtin, lot, serial }: Story): string =>
  `/verify/01/${gtin}${lot ? `/10/${encodeURIComponent(lot)}` : `/21/${encodeURIComponent(serial ?? '')}`}`

/** `/verify/01/…`: what is told of a lot, checked against the log in the shopper's own browser. */
export function storyCheckRoutes(
  app: FastifyInstance,
  { sql, ledger, stories }: { sql: Sql; ledger: Ledger; stories: Stories },
): void {
  app.get('/verify/01/*', async (request, reply) => {
    const path = (request.raw.url ?? '').split(/[?#]/, 1)[0] ?? ''
    const read = readLink(path.slice('/verify'.length))
    const of = (ai: string) => (read.ok ? read.link.qualifiers.find((each) => each.ai === ai)?.value : undefined)
    const ask = read.ok && { gtin: read.link.value.padStart(14, '0'), lot: of('10'), serial: of('21') }
    const story = ask && (ask.lot || ask.serial) ? await stories.story(sql, ask) : undefined
    if (!story) return reply.code(404).redirect('/scan', 303)
    const big = (request.query as Record<string, unknown>).big === '1'
    const mode = { big, other: big ? path : `${path}?big=1` }
    const file = await storyFile(sql, story)
    if (file) {
      const back = `${path.slice('/verify'.length)}${big ? '?big=1' : ''}`
      return sendChecking(reply, storyCheckPage(mode, file, await trustedKeys(sql, ledger), back))
    }
    return reply
      .headers({ 'content-security-policy': policy, 'cache-control': 'no-store', 'retry-after': '2' })
      .type('text/html; charset=utf-8')
      .send(waiting(mode, path))
  })
}

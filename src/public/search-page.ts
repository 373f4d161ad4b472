import { html } from './html.ts'
import { type Mode, page } from './page.ts'
import { verdictPart } from './story-page.ts'
import type { Verdict } from './verdict.ts'

/** The public's first page: one box for whatever stands on the package. */
export function searchPage(mode: Mode, typed = '', error?: string): string {
  return page(
    '查食品',
    mode,
    html`<main class="narrow"><form action="/scan"><h1>查一查你手里的食品</h1>
<p>扫包装上的追溯二维码就能直接打开。扫不了，把码上的文字填在这里。</p>
${mode.big && html`<input type="hidden" name="big" value="1">`}
<label for="code">追溯码或网址</label>
${error && html`<p class="error" id="error">${error}</p>`}
<input id="code" name="code" value="${typed}" required maxlength="300" autocomplete="off" autocapitalize="off" spellcheck="false"${error && html` aria-describedby="error" aria-invalid="true"`}>
<button>查询</button></form>
<section class="part"><h2>可以这样填</h2><dl>
<dt>网址</dt><dd>二维码里的整个网址</dd>
<dt>条码加批号</dt><dd class="code">06901234567892 A20261012-3</dd>
<dt>括号写法</dt><dd class="code">(01)06901234567892(10)A2026</dd>
</dl><p class="note">查询不用登录，不收集个人信息。<a href="/privacy">您的个人信息</a></p></section></main>`,
  )
}

/** A verdict without a story (unknown or malformed code), with the box to try again. */
export function verdictPage(verdict: Verdict, typed: string, mode: Mode): string {
  return page(
    verdict.word,
    mode,
    html`<main class="narrow">${verdictPart(verdict)}
<form action="/scan">${mode.big && html`<input type="hidden" name="big" value="1">`}
<label for="code">再查一个</label><input id="code" name="code" value="${typed}" required maxlength="300" autocomplete="off" autocapitalize="off" spellcheck="false">
<button>查询</button></form></main>`,
  )
}

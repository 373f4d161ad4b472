import type { Filing } from '../trace/index.ts'
import { filingParts } from './filing-parts.ts'
import { html } from './html.ts'
import { type Mode, page } from './page.ts'
import { verdictPart } from './story-page.ts'
import type { Verdict } from './verdict.ts'

/** The page of a product by its bar code alone: what is filed of it, and the way to its lots. */
export function productPage(gtin: string, filing: Filing, verdict: Verdict, mode: Mode): string {
  return page(
    filing.name ?? gtin,
    mode,
    html`<main class="wide">${verdictPart(verdict)}
<div class="left"><section class="part"><h2>${filing.name ?? '产品名称没有备案'}</h2>
<dl><dt>商品条码</dt><dd class="code">${gtin}</dd>${filing.brand && html`<dt>品牌</dt><dd>${filing.brand}</dd>`}${filing.specification && html`<dt>规格</dt><dd>${filing.specification}</dd>`}</dl></section>
<form action="/scan">${mode.big && html`<input type="hidden" name="big" value="1">`}
<label for="code">加上包装上的批号</label><input id="code" name="code" value="${gtin} " required maxlength="300" autocomplete="off" autocapitalize="off" spellcheck="false">
<button>查询</button></form></div>
<div class="right">${filingParts(filing)}</div></main>`,
  )
}

import { buildDigitalLink } from '../standards/digital-link/index.ts'
import type { UnitStory } from '../trace/index.ts'
import { html } from './html.ts'
import { type Mode, page } from './page.ts'
import { wayPart } from './story-page.ts'

/** The page of a case or pallet by its SSCC: what is in it, each lot leading to its own verdict, and its way. */
export function unitPage(sscc: string, { lots, steps }: UnitStory, now: Date, mode: Mode): string {
  return page(
    `物流单元 ${sscc}`,
    mode,
    html`<main class="wide"><div class="left"><section class="part"><h2>物流单元</h2>
<dl><dt>编号</dt><dd class="code">${sscc}</dd></dl></section>
<section class="part"><h2>里面有</h2>
${
  lots.length === 0
    ? html`<p>现在没有记录到里面有货物。</p>`
    : html`<ul>${lots.map(goods)}</ul><p class="note">要看食品是否正常，请点开批号。</p>`
}</section></div>
<div class="right">${steps.length > 0 && wayPart({ steps, wayOf: 'thing' }, now)}</div></main>`,
  )
}

function goods({ gtin, lot, name }: UnitStory['lots'][number]) {
  const title = name ?? `商品 ${gtin}`
  if (lot === undefined) return html`<li>${title}</li>`
  const path = buildDigitalLink({ ai: '01', value: gtin, qualifiers: [{ ai: '10', value: lot }] }, '')
  return html`<li>${title} <a href="${path}">批号 ${lot}</a></li>`
}

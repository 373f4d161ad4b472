import { type RecallFacts, type Table, withoutEvents } from './recall-facts.ts'
import { drillMark } from './recall-fields.ts'

const escaped = (text: string) =>
  text.replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c] ?? c)

/** Bar codes and amounts with their unit: torn over two lines they are read as two. */
const isNumber = (cell: string) => /^\d[\d.]{0,13}( \S{1,3})?$/.test(cell)

function tableOf({ title, heads, rows }: Table): string {
  const line = (tag: string, cells: readonly string[]) =>
    `<tr>${cells.map((cell) => `<${tag}${isNumber(cell) ? ' class="number"' : ''}>${escaped(cell)}</${tag}>`).join('')}</tr>`
  const body =
    rows.length === 0
      ? '<p>没有</p>'
      : `<table><thead>${line('th', heads)}</thead><tbody>${rows.map((row) => line('td', row)).join('')}</tbody></table>`
  return `<h2>${escaped(title)}</h2>${body}`
}

/** The report as a page to print, A4 across. */
export function recallPage({ title, number, isDrill, facts, tables, foot }: RecallFacts): string {
  return `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${isDrill ? drillMark : ''}召回报告 ${escaped(number)}</title>
<style>
@page { size: A4 landscape; margin: 12mm }
body { font: 12px/1.5 "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: #111; margin: 24px }
h1 { font-size: 20px } h2 { font-size: 14px; margin: 16px 0 6px; break-after: avoid }
table { border-collapse: collapse; width: 100% } th, td { border: 1px solid #999; padding: 3px 6px; text-align: left; overflow-wrap: anywhere }
th { background: #f2f2f2 } th, .number { white-space: nowrap } thead { display: table-header-group }
dl { display: grid; grid-template-columns: 8em 1fr; gap: 2px 12px } dt { color: #555 } dd { margin: 0 }
.drill { border: 3px dashed #a60; color: #a60; font-size: 20px; text-align: center; padding: 8px; letter-spacing: .3em }
tr { break-inside: avoid }
@media print { body { margin: 0 } }
@media screen and (max-width: 600px) { body { margin: 12px } table { display: block; overflow-x: auto } }
</style></head><body>
${isDrill ? '<p class="drill">演练，不是真实召回</p>' : ''}
<h1>${isDrill ? drillMark : ''}${escaped(title)}</h1>
<dl>${facts.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>
${tables.map((table) => tableOf(withoutEvents(table))).join('\n')}
${foot.map((text) => `<p>${escaped(text)}</p>`).join('')}
</body></html>`
}

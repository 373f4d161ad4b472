import { choice, reference } from '../../../language/index.ts'
import { units } from '../../../language/units.ts'
import type { Operation } from '../../../platform/operation.ts'
import { type Flow, journey } from '../../../trace/index.ts'
import { drillMark } from './recall-fields.ts'
import { type Effect, progressOf, type RecallProgress } from './recall-progress.ts'
import { scopeOf } from './recall-scope.ts'

/** A file made by an operation. */
export type Made = { name: string; mediaType: string; text: string }

const FLOWS_NODES = 10_000

/** 召回报告: the same facts as a page to print, as a table, and in the columns of FSMA 204's sortable spreadsheet. */
export const recallReport: Operation = {
  name: 'recall-report',
  title: '召回报告',
  help: '打印版、表格版，以及可排序的追溯表（国内版和 FSMA 204 版）。',
  fields: {
    order: reference({ title: '召回', to: 'recall-order', required: true }),
    layout: choice({
      title: '格式',
      required: true,
      options: { print: '打印', csv: '持有单位表', flows: '流向表', fsma204: 'FSMA 204 可排序表' },
    }),
  },
  roles: ['city', 'county', 'enterprise'],
  ofPage: true,
  async run(work, raw): Promise<Made> {
    const input = raw as { order: string; layout: 'print' | 'csv' | 'flows' | 'fsma204' }
    const progress = await progressOf(work, input.order)
    const drill = progress.mode === 'drill' ? '演练-' : ''
    const name = `${drill}召回报告-${progress.number}`
    if (input.layout === 'print') return { name: `${name}.html`, mediaType: 'text/html', text: page(progress) }
    const csvType = 'text/csv'
    if (input.layout === 'csv') return { name: `${name}.csv`, mediaType: csvType, text: csv(holderRows(progress)) }
    const request = { id: progress.scope.starts, direction: 'forward', now: work.now, nodeLimit: FLOWS_NODES } as const
    const { flows } = await journey(work.sql, scopeOf(work.actor), request)
    const rows = input.layout === 'flows' ? flowRows(flows) : fsmaRows(flows)
    if (progress.mode === 'drill') rows.unshift([drillMark])
    return { name: `${name}-${input.layout}.csv`, mediaType: csvType, text: csv(rows) }
  },
}

const levels: Readonly<Record<string, string>> = { first: '一级', second: '二级', third: '三级' }
const states: Readonly<Record<string, string>> = {
  notified: '待确认',
  acknowledged: '已确认',
  reported: '已报告',
  verified: '已核实',
}
const unitTitle = (unit: string | undefined) => (units as Record<string, string>)[unit ?? 'EA'] ?? unit ?? ''
const amount = (one?: { value: string; unit: string } | null) => (one ? `${one.value} ${unitTitle(one.unit)}` : '')
const time = (instant: string | undefined) =>
  instant ? new Date(Date.parse(instant) + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ') : ''

function holderRows(progress: RecallProgress): string[][] {
  const head = [
    '持有单位',
    '县区',
    '状态',
    '通知时间',
    '最迟确认',
    '确认时间',
    '产品',
    '条码',
    '批号',
    '涉及',
    '追回',
    '销毁',
    '无法追回',
  ]
  const rows = progress.holders.flatMap((holder) => {
    const own = [
      holder.title,
      holder.region,
      `${states[holder.state] ?? holder.state}${holder.isLate ? '（超时）' : ''}`,
      time(holder.sentAt),
      time(holder.dueAt),
      time(holder.acknowledgedAt),
    ]
    return holder.lines.map((line) => [
      ...own,
      line.name,
      line.gtin ?? '',
      line.lot ?? '',
      ...[line.involved, line.returned, line.destroyed, line.lost].map(amount),
    ])
  })
  return [...(progress.mode === 'drill' ? [[drillMark]] : []), head, ...rows]
}

/** 流向表: from whom to whom, what, how much, when, by which events. */
function flowRows(flows: readonly Flow[]): string[][] {
  const head = [
    '发货单位',
    '收货单位',
    '产品',
    '条码',
    '批号或标识',
    '数量',
    '单位',
    '发货时间',
    '收货时间',
    '状态',
    '事件编号',
  ]
  const words = { received: '已收货', 'on-the-way': '在途', 'receipt-only': '只有收货记录' }
  return [
    head,
    ...flows.flatMap(({ from, to, goods, sentAt, receivedAt, state, events }) =>
      goods.map(({ key, name, gtin, lot, quantity, uom }) => [
        from?.title ?? from?.id ?? '',
        to?.title ?? to?.id ?? '',
        name ?? '',
        gtin ?? '',
        lot ?? key,
        quantity,
        unitTitle(uom),
        time(sentAt),
        time(receivedAt),
        words[state],
        events.join(' '),
      ]),
    ),
  ]
}

/** Key data elements of shipping (21 CFR 1.1340) and receiving (1.1345), a row a lot and movement. */
function fsmaRows(flows: readonly Flow[]): string[][] {
  const head = [
    'CTE',
    '(a)(1) TLC - GTIN',
    '(a)(1) TLC - Batch',
    '(a)(1) TLC - SSCC',
    '(a)(2) Qty',
    '(a)(2) UOM',
    '(a)(3) Product Description',
    '(a)(4) Ship To / Received From Location',
    'Ship To / Received From Location ID',
    '(a)(5) Ship From / Receive Location',
    'Ship From / Receive Location ID',
    '(a)(6) Date',
    '(a)(7) TLC Source - Assigned By',
    '(a)(8) Ref Doc Type and Number',
  ]
  const rows = flows.flatMap(({ key, from, to, goods, sentAt, receivedAt, events }) =>
    goods.flatMap(({ gtin, lot, name, quantity, uom }) => {
      const sscc = /\/00\/(\d{18})/.exec(key)?.[1] ?? ''
      const row = (cte: string, other: typeof from, here: typeof from, at: string) => [
        cte,
        gtin ?? '',
        lot ?? '',
        sscc,
        quantity,
        uom ?? 'EA',
        name ?? '',
        other?.title ?? '',
        other?.id ?? '',
        here?.title ?? '',
        here?.id ?? '',
        // The day on which it took place here, not in Greenwich.
        time(at).slice(0, 10),
        gtin ? `GTIN ${gtin}` : '',
        events.map((id) => `EPCIS event ${id}`).join(' '),
      ]
      return [
        ...(sentAt ? [row('Shipping', to, from, sentAt)] : []),
        ...(receivedAt ? [row('Receiving', from, to, receivedAt)] : []),
      ]
    }),
  )
  return [head, ...rows]
}

/** RFC 4180 with a byte order mark, so that spreadsheets read the Chinese; nothing in a cell becomes a formula. */
function csv(rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => {
    const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  }
  return `\u{feff}${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`
}

const escaped = (text: string) =>
  text.replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c] ?? c)

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (tag: string, cells: readonly string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`
  return `<table><thead>${line('th', head)}</thead><tbody>${rows.map((row) => line('td', row)).join('')}</tbody></table>`
}

function effectText(effect: readonly Effect[]): string {
  if (effect.length === 0) return '还没有报告数量'
  return effect
    .map(({ unit, involved, returned, destroyed, rate }) => {
      const title = unitTitle(unit)
      return `涉及 ${involved} ${title}，追回 ${returned}，销毁 ${destroyed}，召回率 ${rate}%`
    })
    .join('；')
}

function page(progress: RecallProgress): string {
  const isDrill = progress.mode === 'drill'
  const rows = holderRows(progress).slice(isDrill ? 1 : 0)
  const facts = [
    ['文书编号', progress.number],
    ['召回责任单位', progress.subject],
    ['登记部门', progress.ownerTitle],
    ['召回等级', levels[progress.level] ?? ''],
    ['决定时间', time(progress.decidedAt)],
    ['召回原因', progress.reason],
    ['处理措施', progress.measures],
    ['通知单位', `${progress.holders.length} 家，已确认 ${progress.acknowledged} 家，超时 ${progress.late} 家`],
    ['召回效果', effectText(progress.effect)],
    ['封存后移动', progress.breaches.length === 0 ? '没有发现' : `${progress.breaches.length} 起`],
    ['未能通知', progress.unreached.map(({ title, id }) => title ?? id).join('、') || '没有'],
  ]
  const lots = progress.scope.lots.map((lot) => [
    lot.name ?? '',
    lot.gtin ?? '',
    lot.lot ?? lot.key,
    lot.made,
    lot.quantity,
    unitTitle(lot.uom),
  ])
  return `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>${isDrill ? drillMark : ''}召回报告 ${escaped(progress.number)}</title>
<style>
@page { size: A4 landscape; margin: 12mm }
body { font: 12px/1.5 "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: #111; margin: 24px }
h1 { font-size: 20px } h2 { font-size: 14px; margin: 16px 0 6px }
table { border-collapse: collapse; width: 100% } th, td { border: 1px solid #999; padding: 3px 6px; text-align: left }
th { background: #f2f2f2 } dl { display: grid; grid-template-columns: 8em 1fr; gap: 2px 12px } dt { color: #555 } dd { margin: 0 }
.drill { border: 3px dashed #a60; color: #a60; font-size: 20px; text-align: center; padding: 8px; letter-spacing: .3em }
tr { break-inside: avoid }
</style></head><body>
${isDrill ? '<p class="drill">演练，不是真实召回</p>' : ''}
<h1>${isDrill ? drillMark : ''}食品召回报告</h1>
<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value ?? '')}</dd>`).join('')}</dl>
<h2>涉及批次</h2>${table(['产品', '条码', '批号', '生产数量', '流通数量', '单位'], lots)}
<h2>持有单位</h2>${table(rows[0] ?? [], rows.slice(1))}
<p>截至 ${time(progress.asOf)}，数量由持有单位报告，流向由追溯事件算出。</p>
</body></html>`
}

import type { ISql } from 'postgres'
import { choice, reference } from '../../../language/index.ts'
import type { MadeFile, MadeSheet, Operation } from '../../../platform/operation.ts'
import { type Lineage, lineage } from '../../../trace/index.ts'
import { flowTable, holderTable, type RecallFacts, recallFacts, type Table, withoutEvents } from './recall-facts.ts'
import { drillMark } from './recall-fields.ts'
import { fsmaTables, holdersIn, type Location, productsIn } from './recall-fsma.ts'
import { recallPage } from './recall-page.ts'
import { progressOf } from './recall-progress.ts'
import { scopeOf } from './recall-scope.ts'

const FLOWS_NODES = 10_000

const layouts = {
  print: '打印',
  word: 'Word',
  excel: 'Excel',
  fsma204: 'FSMA 204 可排序表（Excel）',
  csv: '持有单位表（CSV）',
  flows: '流向表（CSV）',
} as const

/** 召回报告: one set of facts as a page to print, as Word, as Excel, and in the sheets of FSMA 204's sortable spreadsheet. */
export const recallReport: Operation = {
  name: 'recall-report',
  title: '召回报告',
  help: '打印版、Word、Excel，以及 FSMA 204 可排序表，内容出自同一份数据。',
  fields: {
    order: reference({ title: '召回', to: 'recall-order', required: true }),
    layout: choice({ title: '格式', required: true, options: layouts }),
  },
  roles: ['city', 'county', 'enterprise'],
  ofPage: true,
  async run(work, raw): Promise<MadeFile> {
    const input = raw as { order: string; layout: keyof typeof layouts }
    const progress = await progressOf(work, input.order)
    const isDrill = progress.mode === 'drill'
    const name = `${isDrill ? '演练-' : ''}召回报告-${progress.number}`
    const csvFile = (part: string, { heads, rows }: Table): MadeFile => {
      const marked = [...(isDrill ? [[drillMark]] : []), heads, ...rows]
      return { name: `${name}-${part}.csv`, mediaType: 'text/csv', text: csv(marked) }
    }
    if (input.layout === 'csv') return csvFile('持有单位', holderTable(progress))
    const isForeign = input.layout === 'fsma204'
    const told = await lineage(work.sql, scopeOf(work.actor), {
      id: progress.scope.starts,
      // Where its goods come from belongs to a sheet that others trace by.
      direction: isForeign ? 'both' : 'forward',
      now: work.now,
      nodeLimit: FLOWS_NODES,
    })
    if (input.layout === 'flows') return csvFile('流向', flowTable(told.flows))
    const facts = recallFacts(progress, told)
    if (isForeign) {
      const tables = fsmaTables(told, await locationsOf(work.sql, told), await categoriesOf(work.sql, told))
      return { name: `${name}-FSMA204.xlsx`, sheets: sheetsOf(tables, facts) }
    }
    switch (input.layout) {
      case 'print':
        return { name: `${name}.html`, mediaType: 'text/html', text: recallPage(facts) }
      case 'word':
        return { name: `${name}.docx`, title: titleOf(facts), pieces: piecesOf(facts) }
      default:
        return { name: `${name}.xlsx`, sheets: [firstSheet(facts), ...sheetsOf(facts.tables, facts)] }
    }
  },
}

/** Where the holders of a recall are, by their owner, as the authority filed it. */
async function locationsOf(sql: ISql, told: Lineage): Promise<ReadonlyMap<string, Location>> {
  const ids = new Set(holdersIn(told).flatMap(({ ownerId }) => ownerId ?? []))
  const rows = await sql<(Location & { id: string })[]>`
    select id, address, region, postcode, ffrn, trim_scale(place_lat) || ', ' || trim_scale(place_lng) as place
    from subject where id = any(${[...ids]}::uuid[]) and state <> 'void'`
  return new Map(rows.map(({ id, ...location }) => [id, location]))
}

/** What of the Food Traceability List the products of a recall are, by GTIN, as they were filed. */
async function categoriesOf(sql: ISql, told: Lineage): Promise<ReadonlyMap<string, string>> {
  const rows = await sql<{ gtin: string; category: string }[]>`
    select lpad(gtin, 14, '0') as gtin, ftl_category as category from product
    where lpad(gtin, 14, '0') = any(${[...productsIn(told).keys()]}::text[]) and ftl_category is not null and state <> 'void'`
  return new Map(rows.map(({ gtin, category }) => [gtin, category]))
}

const titleOf = ({ title, isDrill }: RecallFacts) => `${isDrill ? drillMark : ''}${title}`

const firstSheet = (facts: RecallFacts): MadeSheet => ({
  name: titleOf(facts),
  heads: [titleOf(facts), ''],
  rows: facts.facts.map(([name, value]) => [name, value]),
  foot: facts.foot,
})

/** A drill says so in every row, so that no sorting and no cutting loses it. */
function sheetsOf(tables: readonly Table[], { isDrill, foot }: RecallFacts): MadeSheet[] {
  return tables.map(({ title, heads, figures, rows }) => ({
    ...(figures && { figures }),
    name: isDrill ? `演练-${title}` : title,
    heads: isDrill ? [drillMark, ...heads] : heads,
    rows: isDrill ? rows.map((row) => ['演练，不是真实召回', ...row]) : rows,
    foot,
  }))
}

function piecesOf({ isDrill, number, facts, tables, foot }: RecallFacts) {
  return [
    ...(isDrill ? [{ text: '演练，不是真实召回' }] : []),
    { text: number },
    { heads: ['项目', '内容'], rows: facts.map(([name, value]) => [name, value]) },
    ...tables
      .map(withoutEvents)
      .flatMap(({ title, heads, rows }) => [
        { heading: title },
        rows.length === 0 ? { text: '没有' } : { heads: [...heads], rows },
      ]),
    ...foot.map((text) => ({ text, small: true })),
  ]
}

/** RFC 4180 with a byte order mark, so that spreadsheets read the Chinese; nothing in a cell becomes a formula. */
function csv(rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => {
    const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  }
  return `\u{feff}${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`
}

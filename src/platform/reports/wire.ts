import type { Condition } from '../../language/expression/index.ts'

/** How often a report is made, and what such a report is called. */
export const cadences = { day: '日报', week: '周报', month: '月报', quarter: '季报', year: '年报' } as const
export type Cadence = keyof typeof cadences

/** What a table or a chart goes along: the period's days or months, the last twelve periods, or who and what. */
export const spreads = {
  time: '本期内随时间',
  trend: '近 12 期走势',
  region: '按县区',
  owner: '按单位',
  category: '按类别',
} as const
export type Spread = keyof typeof spreads

/** The parts of a report template; `indicator` is a definition's id. */
export type Block =
  | { is: 'heading'; text: string }
  /** `{期间}` and the like, and `{an indicator's title}`. */
  | { is: 'text'; text: string }
  | { is: 'figures'; indicators: readonly string[] }
  | { is: 'table' | 'chart'; indicator: string; along: Spread }
  | { is: 'ranking'; indicator: string; along: Spread; top: number }
  | { is: 'list'; source: string; basis: string; columns: readonly string[]; where?: Condition; most: number }

export const blockTitles: Readonly<Record<Block['is'], string>> = {
  heading: '标题',
  text: '正文',
  figures: '指标数值',
  table: '指标表',
  chart: '指标图',
  ranking: '指标排名',
  list: '记录清单',
}

export type ReportBody = {
  cadence: Cadence
  /** Made by the clock, as soon as a period is over. */
  auto: boolean
  /** A city's template: also one for each county, with that county's scope. */
  counties: boolean
  note?: string
  blocks: readonly Block[]
  /** Indicators that texts name, by the title they had: a renamed one is still found. */
  named: Readonly<Record<string, string>>
}

/** What a text may say besides indicators. */
export const placeholders = ['期间', '开始', '结束', '区域', '编制单位', '编制人', '编制日期', '数据时间'] as const
export type Placeholder = (typeof placeholders)[number]

/** A mark of a chart: its value in words, and paler where the sample is small. */
export type Mark = { title: string; value: number | null; text: string; small: boolean }

/** A piece of a finished report, as it is kept: words and figures, no markup. */
export type Piece =
  | { is: 'heading'; text: string }
  | { is: 'text'; text: string }
  | { is: 'table'; title: string; heads: string[]; numeric: boolean[]; rows: string[][]; foot: string[] }
  | { is: 'chart'; title: string; shape: 'bars' | 'line'; marks: Mark[]; foot: string[] }

export type ReportContent = { pieces: Piece[] }

/** A finished report without what it says; a moment is a text on the wire. */
export type ReportHead<Moment = string> = {
  id: string
  title: string
  ownerTitle: string
  template: string
  templateVersion: number
  cadence: Cadence
  byClock: boolean
  periodFrom: string
  periodTo: string
  region: string
  asOf: Moment
  madeAt: Moment
  madeBy: string
}

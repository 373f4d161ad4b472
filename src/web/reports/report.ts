import type { Condition } from '../../language/expression/index.ts'
import type { ReportBody as ServerBody } from '../../platform/reports/blocks.ts'

export const cadences = { day: '日报', week: '周报', month: '月报', quarter: '季报', year: '年报' } as const
export type Cadence = keyof typeof cadences

export const spreads = {
  time: '本期内随时间',
  trend: '近 12 期走势',
  region: '按县区',
  owner: '按单位',
  category: '按类别',
} as const
export type Spread = keyof typeof spreads

export const blockTitles = {
  heading: '标题',
  text: '正文',
  figures: '指标数值',
  table: '指标表',
  chart: '指标图',
  ranking: '指标排名',
  list: '记录清单',
} as const
export type BlockType = keyof typeof blockTitles

export type Block = ServerBody['blocks'][number]
export type ListBlock = Extract<Block, { is: 'list' }> & { where?: Condition }
export type Body = ServerBody

export const states = { draft: '草稿', on: '已启用', off: '已停用' } as const

export type Template = {
  id: string
  title: string
  version: number
  state: keyof typeof states
  body: Body
  ownerTitle: string
  trouble: string | null
  problem: string | null
  mine: boolean
  updatedAt: string
  updatedBy: string
  versions?: { version: number; title: string; state: keyof typeof states; actor: string; at: string }[]
}

export type Piece =
  | { is: 'heading'; text: string }
  | { is: 'text'; text: string }
  | { is: 'table'; title: string; heads: string[]; numeric: boolean[]; rows: string[][]; foot: string[] }
  | { is: 'chart'; title: string; svg: string; marks: { title: string; text: string }[]; foot: string[] }

export type Report = {
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
  asOf: string
  madeAt: string
  madeBy: string
}
export type Finished = Report & { content: { pieces: Piece[] } }

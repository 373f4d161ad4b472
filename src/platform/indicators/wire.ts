import type { Condition, Operand } from '../../language/expression/index.ts'

export const counts = { count: '条数', sum: '合计', average: '平均值', share: '占比' } as const

/** A named figure as data: what is counted, of what, when, by whom it is answered for. */
export type IndicatorBody = {
  source: string
  /** The field that says when a row happened. */
  basis: string
  counts: keyof typeof counts
  /** What is summed or averaged. */
  of?: Operand
  /** Which rows count (for a share: above the line). */
  where?: Condition
  /** For a share: which rows stand below the line; all, without it. */
  whole?: Condition
  unit: string
  category?: string
  /** Who answers for the figure. */
  owner: string
  /** Below so many rows in the denominator a share or average is flagged. */
  minimum: number
  better?: 'up' | 'down'
  note?: string
}

export type Period = { from: string; to: string }
export type Grain = 'day' | 'month' | 'year'
export type Split = 'none' | 'region' | 'owner' | 'category'

/** A figure with all that keeps it honest: null where there is nothing to divide by, `small` where too little. */
export type Figure = { value: number | null; num: number; den: number; rows: number; small: boolean }

export type Cell = Figure & { at: string; key: string }

export type FigureQuery = Period & { grain: Grain; split: Split; region?: string; category?: string }

export type Compared = Period & Figure & { percent: number | null }

/** Everything that a page or a report says about an indicator. */
export type Answer = {
  id: string
  title: string
  unit: string
  /** The formula in words. */
  words: string
  owner: string
  note?: string
  source: { name: string; title: string; isKind: boolean }
  categoryTitle?: string
  category?: string
  divides: boolean
  counts: IndicatorBody['counts']
  minimum: number
  better?: 'up' | 'down'
  query: FigureQuery
  cells: (Cell & { title: string })[]
  total: Figure
  before: Compared
  yearAgo: Compared
  /** Up to when changes were counted. */
  asOf: string
  version: number
}

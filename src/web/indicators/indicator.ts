import type { Condition, Operand } from '../../language/expression/index.ts'
import type { Defined } from '../../platform/define/wire.ts'

export const counts = { count: '条数', sum: '合计', average: '平均值', share: '占比' } as const

export type IndicatorBody = {
  source: string
  basis: string
  counts: keyof typeof counts
  of?: Operand
  where?: Condition
  whole?: Condition
  unit: string
  category?: string
  owner: string
  minimum: number
  better?: 'up' | 'down'
  note?: string
}

export type Figure = { value: number | null; num: number; den: number; rows: number; small: boolean }
export type Compared = Figure & { from: string; to: string; percent: number | null }

export type Indicator = Defined<IndicatorBody> & {
  words: string | null
  now?: { total: Figure; before: Compared; yearAgo: Compared }
}

export type Cell = Figure & { at: string; key: string; title: string }

export type Answer = {
  id: string
  title: string
  unit: string
  words: string
  owner: string
  note?: string
  source: { name: string; title: string; isKind: boolean }
  category?: string
  categoryTitle?: string
  divides: boolean
  counts: IndicatorBody['counts']
  minimum: number
  better?: 'up' | 'down'
  query: {
    from: string
    to: string
    grain: 'day' | 'month' | 'year'
    split: 'none' | 'region' | 'owner' | 'category'
    region?: string
    category?: string
  }
  cells: Cell[]
  total: Figure
  before: Compared
  yearAgo: Compared
  asOf: string
  version: number
}

/** A figure as people read it: never a bare percentage where there is nothing, or little, to divide by. */
export function shownFigure(figure: Figure, unit: string, divides: boolean): string {
  if (figure.value === null) return '没有数据'
  const digits = divides || !Number.isInteger(figure.value) ? (Math.abs(figure.value) >= 100 ? 0 : 1) : 0
  const text = figure.value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return unit === '%' ? `${text}%` : `${text} ${unit}`
}

export const percentOf = (percent: number | null): string =>
  percent === null ? '—' : `${percent > 0 ? '+' : ''}${percent.toFixed(1)}%`

export type Tone = 'good' | 'bad' | 'unknown'

/** Whether a change is for the better, where the indicator says which way that is. */
export function toneOf(percent: number | null, better: 'up' | 'down' | undefined): Tone {
  if (percent === null || percent === 0 || !better) return 'unknown'
  return percent > 0 === (better === 'up') ? 'good' : 'bad'
}

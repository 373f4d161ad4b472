import type { Defined } from '../../platform/define/wire.ts'
import type { Answer, Compared, Figure, IndicatorBody } from '../../platform/indicators/wire.ts'

export type { Answer, Compared, Figure, IndicatorBody } from '../../platform/indicators/wire.ts'
export { counts } from '../../platform/indicators/wire.ts'

/** A figure at its place, with what its key is called. */
export type Cell = Answer['cells'][number]

export type Indicator = Defined<IndicatorBody> & {
  words: string | null
  now?: { total: Figure; before: Compared; yearAgo: Compared }
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

import { legalMinute } from '../../standards/china/index.ts'
import type { Answer, Figure, IndicatorBody } from './wire.ts'

/** A number as reports write it: two decimals at most. */
export const plainNumber = (value: number | null): string => (value === null ? '—' : String(Number(value.toFixed(2))))

/** `2026-11-20 09:42` in China's time. */
export const minuteOf = (instant: string): string => legalMinute(new Date(instant))

type Measured = Pick<IndicatorBody, 'unit' | 'counts' | 'minimum'>

export const divides = ({ counts }: Pick<IndicatorBody, 'counts'>): boolean =>
  counts === 'share' || counts === 'average'

/** What stands beside a figure so that nobody takes it for more than it is; empty where there is nothing to say. */
export function caution(figure: Figure, body: Measured): string {
  if (!divides(body)) return ''
  if (figure.value === null) return '没有数据（分母为 0）'
  return figure.small ? `样本仅 ${plainNumber(figure.den)}，不足 ${body.minimum}` : ''
}

/** A figure with its unit and, where it divides, with what was divided: never a bare percentage. */
export function spokenFigure(figure: Figure, body: Measured): string {
  if (figure.value === null) return caution(figure, body) || '没有数据'
  const value = `${plainNumber(figure.value)}${body.unit === '%' ? '%' : ` ${body.unit}`}`
  if (!divides(body)) return value
  const sample = `${plainNumber(figure.num)} / ${plainNumber(figure.den)}`
  return `${value}（${[sample, caution(figure, body)].filter(Boolean).join('，')}）`
}

/** By how much a figure moved. */
export const spokenChange = (percent: number | null): string =>
  percent === null ? '—' : `${percent > 0 ? '+' : ''}${plainNumber(percent)}%`

/** The table of an answer: what stands on the page, as rows of text. */
export function tableOf(answer: Answer): { heads: string[]; rows: string[][] } {
  const split = answer.query.split !== 'none'
  const heads = [
    '时间',
    ...(split
      ? [{ region: '县区', owner: '单位', category: answer.categoryTitle ?? '类别', none: '' }[answer.query.split]]
      : []),
    `${answer.title}（${answer.unit}）`,
    ...(answer.divides ? ['分子', '分母'] : []),
    '说明',
  ]
  const rows = answer.cells.map((cell) => [
    cell.at,
    ...(split ? [cell.title] : []),
    plainNumber(cell.value),
    ...(answer.divides ? [plainNumber(cell.num), plainNumber(cell.den)] : []),
    cell.value === null ? '分母为 0' : cell.small ? `样本不足 ${answer.minimum}` : '',
  ])
  return { heads, rows }
}

/** The answer in a sentence. */
export function spoken(answer: Answer): string {
  const { title, total, unit, query, before, yearAgo, counts, minimum } = answer
  const moved = (percent: number | null, word: string) =>
    percent === null ? '' : `，${word}${percent >= 0 ? '增长' : '下降'} ${plainNumber(Math.abs(percent))}%`
  const figure = spokenFigure(total, { unit, minimum, counts: counts as IndicatorBody['counts'] })
  return `${query.from} 至 ${query.to}，${title}为 ${figure}${moved(before.percent, '环比')}${moved(yearAgo.percent, '同比')}。`
}

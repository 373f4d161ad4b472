import type { Sql } from 'postgres'
import type { Actor } from '../access/actor.ts'
import { namesOf, type Words } from '../indicators/answer.ts'
import { change, comparisons, figureOf, figures, total } from '../indicators/figures.ts'
import type { Cell, Figure, Grain, Period, Split } from '../indicators/wire.ts'
import { caution, divides, plainNumber, spokenChange, spokenFigure } from '../indicators/words.ts'
import { shiftStart, startOf } from './period.ts'
import type { OnIndicator } from './template.ts'
import type { Cadence, Mark, Piece, Spread } from './wire.ts'

/** What a report's figures are asked with: one actor's reach and one period. */
export type Asking = { sql: Sql; words: Words; actor: Actor; period: Period; cadence: Cadence }

/** A figure under the name of what it is of. */
export type Named = { title: string; figure: Figure }

const dayMs = 86_400_000
const daysOf = ({ from, to }: Period): number => Math.round((Date.parse(to) - Date.parse(from)) / dayMs) + 1

/** One figure over the whole period. */
export async function figureNow({ sql, actor, period }: Asking, of: OnIndicator, then = period): Promise<Figure> {
  return total(of, await figures(sql, actor, of, { ...then, grain: 'year', split: 'none' }))
}

const add = (of: OnIndicator, cells: readonly Cell[]): Figure => {
  const sum = (name: 'num' | 'den' | 'rows') => cells.reduce((all, cell) => all + cell[name], 0)
  return figureOf(of, sum('num'), sum('den'), sum('rows'))
}

function grouped(of: OnIndicator, cells: readonly Cell[], keyOf: (cell: Cell) => string): Map<string, Figure> {
  const groups = new Map<string, Cell[]>()
  for (const cell of cells) {
    const group = groups.get(keyOf(cell))
    if (group) group.push(cell)
    else groups.set(keyOf(cell), [cell])
  }
  return new Map([...groups].map(([key, each]) => [key, add(of, each)]))
}

/** A period in as few signs as a chart's axis has room for. */
function shortTitle(cadence: Cadence, start: string): string {
  if (cadence === 'year') return start.slice(0, 4)
  if (cadence === 'quarter') return `${start.slice(2, 4)}年${Math.ceil(Number(start.slice(5, 7)) / 3)}季`
  return cadence === 'month' ? start.slice(0, 7) : start.slice(5)
}

/** The last twelve periods; each counts, also one without a row. */
async function trend({ sql, actor, period, cadence }: Asking, of: OnIndicator): Promise<Named[]> {
  const last = startOf(cadence, period.to)
  const starts = Array.from({ length: 12 }, (_, index) => shiftStart(cadence, last, index - 11))
  const grain: Grain = cadence === 'day' || cadence === 'week' ? 'day' : cadence === 'year' ? 'year' : 'month'
  const cells = await figures(sql, actor, of, { from: starts[0] as string, to: period.to, grain, split: 'none' })
  const day = (at: string) => (at.length === 4 ? `${at}-01-01` : at.length === 7 ? `${at}-01` : at)
  const groups = grouped(of, cells, (cell) => startOf(cadence, day(cell.at)))
  return starts.map((start) => ({
    title: shortTitle(cadence, start),
    figure: groups.get(start) ?? figureOf(of, 0, 0, 0),
  }))
}

async function overTime({ sql, actor, period }: Asking, of: OnIndicator): Promise<Named[]> {
  const grain: Grain = daysOf(period) <= 62 ? 'day' : 'month'
  const cells = await figures(sql, actor, of, { ...period, grain, split: 'none' })
  return [...grouped(of, cells, (cell) => cell.at)].map(([at, figure]) => ({
    title: grain === 'day' ? at.slice(5) : at,
    figure,
  }))
}

/** A figure along time or split by what it is of, the largest first. */
export async function figuresAlong(asking: Asking, of: OnIndicator, along: Spread): Promise<Named[]> {
  if (along === 'trend') return trend(asking, of)
  if (along === 'time') return overTime(asking, of)
  const { sql, words, actor, period } = asking
  const cells = await figures(sql, actor, of, { ...period, grain: 'year', split: along as Split })
  const names = await namesOf(sql, words, actor, of, cells, along as Split)
  return [...grouped(of, cells, (cell) => cell.key)]
    .map(([key, figure]) => ({ title: names.get(key) ?? (key || '（没有填写）'), figure }))
    .sort((a, b) => (b.figure.value ?? -1) - (a.figure.value ?? -1))
}

/** Formula, who answers for it, and its denominator: under every table and chart. */
export function footOf(of: OnIndicator, all: Figure): string[] {
  const unit = of.body.unit
  return [
    `公式：${of.words}`,
    `合计：${spokenFigure(all, of.body)}；${divides(of.body) ? `分母 ${plainNumber(all.den)}，低于 ${of.body.minimum} 的标明` : `共 ${plainNumber(all.rows)} 条记录`}；单位：${unit}；负责：${of.body.owner}`,
  ]
}

const headOf: Readonly<Record<Spread, string>> = {
  time: '时间',
  trend: '时间',
  region: '县区',
  owner: '单位',
  category: '类别',
}

/** Figures as a table; those of a ranking are numbered. */
export function tablePiece(of: OnIndicator, along: Spread, named: readonly Named[], all: Figure, top?: number): Piece {
  const parts = divides(of.body)
  const shown = top === undefined ? named : named.filter(({ figure }) => figure.value !== null).slice(0, top)
  const category = of.body.category && of.ground.source.fields[of.body.category]?.title
  const ranked = top !== undefined
  return {
    is: 'table',
    title: `${of.definition.title}${ranked ? `：${headOf[along] === '类别' ? (category ?? '类别') : headOf[along]}排名前 ${top}` : ''}`,
    heads: [
      ...(ranked ? ['名次'] : []),
      along === 'category' ? (category ?? '类别') : headOf[along],
      `${of.definition.title}（${of.body.unit}）`,
      ...(parts ? ['分子', '分母'] : []),
      '说明',
    ],
    numeric: [...(ranked ? [true] : []), false, true, ...(parts ? [true, true] : []), false],
    rows: shown.map(({ title, figure }, index) => [
      ...(ranked ? [String(index + 1)] : []),
      title,
      plainNumber(figure.value),
      ...(parts ? [plainNumber(figure.num), plainNumber(figure.den)] : []),
      caution(figure, of.body),
    ]),
    foot: footOf(of, all),
  }
}

/** Marks that one chart holds: more is a table. */
const marksMax = 31

export function chartPiece(of: OnIndicator, along: Spread, named: readonly Named[], all: Figure): Piece {
  const unit = of.body.unit === '%' ? '%' : ''
  const marks = named.slice(0, marksMax).map(
    ({ title, figure }): Mark => ({
      title,
      value: figure.value,
      text:
        figure.value === null
          ? '没有数据'
          : `${plainNumber(figure.value)}${unit}${figure.small ? `（样本 ${plainNumber(figure.den)}）` : ''}`,
      small: figure.small,
    }),
  )
  const isTime = along === 'time' || along === 'trend'
  const foot = footOf(of, all)
  if (named.length > marksMax) foot.unshift(`图中只画前 ${marksMax} 项，共 ${named.length} 项`)
  return {
    is: 'chart',
    title: `${of.definition.title}（${of.body.unit}）`,
    shape: isTime ? 'line' : 'bars',
    marks,
    foot,
  }
}

/** Several indicators side by side: now, before, a year ago. */
export async function figuresPiece(asking: Asking, all: readonly OnIndicator[]): Promise<Piece> {
  const { before, yearAgo } = comparisons(asking.period)
  const rows: string[][] = []
  for (const of of all) {
    const [now, last, then] = [
      await figureNow(asking, of),
      await figureNow(asking, of, before),
      await figureNow(asking, of, yearAgo),
    ]
    rows.push([
      of.definition.title,
      spokenFigure(now, of.body),
      spokenFigure(last, of.body),
      spokenChange(change(now, last)),
      spokenFigure(then, of.body),
      spokenChange(change(now, then)),
    ])
  }
  return {
    is: 'table',
    title: '主要指标',
    heads: ['指标', '本期', `上期（${before.from} 至 ${before.to}）`, '环比', '去年同期', '同比'],
    numeric: [false, true, true, true, true, true],
    rows,
    foot: all.map((of) => `${of.definition.title}：${of.words}；负责：${of.body.owner}`),
  }
}

/** What an indicator's name in a text stands for. */
export async function spokenNow(asking: Asking, of: OnIndicator): Promise<string> {
  return spokenFigure(await figureNow(asking, of), of.body)
}

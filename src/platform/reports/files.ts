import type { Column } from '../../language/sheet.ts'
import { minuteOf } from '../indicators/words.ts'
import { book, sheetName } from '../sheets/xlsx-write.ts'
import { draw, png, svg } from './chart.ts'
import type { Report } from './kept.ts'
import { type Piece as WordPiece, word } from './word.ts'

type Finished = Pick<
  Report,
  'title' | 'content' | 'asOf' | 'madeAt' | 'madeBy' | 'ownerTitle' | 'periodFrom' | 'periodTo'
>

const facts = (report: Finished): string =>
  `${report.ownerTitle} ${report.madeBy}，${minuteOf(report.madeAt.toISOString())} 编制；期间 ${report.periodFrom} 至 ${report.periodTo}；数据时间 ${minuteOf(report.asOf.toISOString())}`

/** A finished report as Word (docx): what stands on the page, charts as drawings with their figures in words. */
export function reportWord(report: Finished): Promise<Buffer> {
  const pieces = report.content.pieces.flatMap((piece): WordPiece[] => {
    if (piece.is === 'heading') return [{ heading: piece.text }]
    if (piece.is === 'text') return [{ text: piece.text }]
    const foot = piece.foot.map((text) => ({ text, small: true }))
    if (piece.is === 'table') return [{ text: piece.title }, { heads: piece.heads, rows: piece.rows }, ...foot]
    const drawing = draw(piece)
    const said = piece.marks.map(({ title, text }) => `${title} ${text}`).join('；')
    return [
      { text: piece.title },
      {
        svg: svg(drawing),
        png: png(drawing),
        width: drawing.width,
        height: drawing.height,
        alt: `${piece.title}：${said}`,
      },
      { text: `图中数值：${said || '没有数据'}`, small: true },
      ...foot,
    ]
  })
  return word(report.title, [...pieces, { text: facts(report), small: true }])
}

const column = (title: string, numeric = false): Column => ({
  title,
  required: false,
  readable: false,
  format: numeric ? 'number' : 'text',
  hint: '',
})

/** A finished report as Excel: its words on the first sheet, each table and chart on one of its own with its formula. */
export function reportExcel(report: Finished): AsyncGenerator<Buffer> {
  const words = report.content.pieces.flatMap((piece) =>
    piece.is === 'heading' || piece.is === 'text' ? [[piece.text]] : [[`（${piece.title}：见另表）`]],
  )
  const others = report.content.pieces.flatMap((piece, index) => {
    if (piece.is !== 'table' && piece.is !== 'chart') return []
    const isTable = piece.is === 'table'
    const columns = isTable
      ? piece.heads.map((title, at) => column(title, piece.numeric[at]))
      : [column('项目'), column(piece.title, true), column('说明')]
    const rows = isTable
      ? piece.rows
      : piece.marks.map(({ title, value, text }) => {
          const figure = value === null ? '' : String(value)
          return [title, figure, text === figure ? '' : text]
        })
    return [{ name: sheetName(`${index + 1} ${piece.title}`), columns, rows, foot: piece.foot }]
  })
  return book([{ name: '报告', columns: [column(report.title)], rows: words, foot: [facts(report)] }, ...others])
}

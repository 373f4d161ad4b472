import {
  AlignmentType,
  Document,
  HeadingLevel,
  ImageRun,
  Packer,
  PageOrientation,
  Paragraph,
  Table,
  TableCell,
  TableRow,
  TextRun,
  WidthType,
} from 'docx'

/** A piece of a document: a heading, words, a picture, or a table whose figures stand to the right. */
export type Piece =
  | { heading: string }
  | { text: string; small?: boolean }
  | { svg: string; png: Buffer; width: number; height: number; alt: string }
  | { heads: readonly string[]; rows: readonly (readonly string[])[] }

const font = { ascii: 'Times New Roman', eastAsia: '仿宋' }

function tableOf({ heads, rows }: Extract<Piece, { heads: unknown }>): Table {
  const row = (cells: readonly string[], isHead: boolean) =>
    new TableRow({
      tableHeader: isHead,
      cantSplit: true,
      children: cells.map(
        (text, at) =>
          new TableCell({
            margins: { left: 80, right: 80 },
            children: [
              new Paragraph({
                alignment:
                  at > 0 && !isHead && /^-?[\d,.]+%?( |（|$)/.test(text) ? AlignmentType.RIGHT : AlignmentType.LEFT,
                children: [new TextRun({ text, font, size: 21, bold: isHead })],
              }),
            ],
          }),
      ),
    })
  return new Table({
    width: { size: 100, type: WidthType.PERCENTAGE },
    rows: [row(heads, true), ...rows.map((cells) => row(cells, false))],
  })
}

/** Pixels that the text of a page is wide, at 96 to the inch. */
const textWide = 580

/** A drawing that newer programs show as SVG and older ones as a picture. */
function pictureOf({ svg, png, width, height, alt }: Extract<Piece, { svg: string }>): Paragraph {
  const transformation = { width: textWide, height: Math.round((height * textWide) / width) }
  const run = new ImageRun({
    type: 'svg',
    data: Buffer.from(svg, 'utf8'),
    transformation,
    fallback: { type: 'png', data: png },
    altText: { title: alt, description: alt, name: alt },
  })
  return new Paragraph({ keepNext: true, children: [run] })
}

const columnsUpright = 8

/** A Word document (docx) of some pieces under a title. */
export function word(title: string, pieces: readonly Piece[]): Promise<Buffer> {
  const children = pieces.map((piece) => {
    if ('heads' in piece) return tableOf(piece)
    if ('svg' in piece) return pictureOf(piece)
    if ('heading' in piece)
      return new Paragraph({
        heading: HeadingLevel.HEADING_2,
        spacing: { before: 280, after: 120 },
        children: [new TextRun({ text: piece.heading, font, size: 28, bold: true })],
      })
    return new Paragraph({
      spacing: { after: 100 },
      children: [new TextRun({ text: piece.text, font, size: piece.small ? 20 : 24 })],
    })
  })
  const head = new Paragraph({
    alignment: AlignmentType.CENTER,
    spacing: { after: 240 },
    children: [new TextRun({ text: title, font, size: 36, bold: true })],
  })
  // Wide tables lie across the paper (A4).
  const isWide = pieces.some((piece) => 'heads' in piece && piece.heads.length > columnsUpright)
  const size = {
    width: 11906,
    height: 16838,
    orientation: isWide ? PageOrientation.LANDSCAPE : PageOrientation.PORTRAIT,
  }
  const sections = [{ properties: { page: { size } }, children: [head, ...children] }]
  return Packer.toBuffer(new Document({ title, creator: '食溯', sections }))
}

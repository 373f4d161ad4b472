import { createHash } from 'node:crypto'
import bwipjs from 'bwip-js'
import { invalid } from '../failure.ts'
import type { CodeOrder } from '../trace/codes/index.ts'
import type { LabelChoices } from '../trace/codes/wire.ts'
import { html, trusted } from './html.ts'

/** What a label carries: a QR or DataMatrix that phones and scanners read, or a bar code for cases. */
export const symbols = ['qr', 'datamatrix', 'gs1-128'] as const
export type Symbol = (typeof symbols)[number]

/** Paper in millimetres: A4 with so many labels a row, or a roll with one label a page. */
type Paper = { title: string; page: string; label: [wide: number, high: number]; columns: number }

export const papers = {
  a4: { title: 'A4 纸', page: 'A4;margin:8mm 9mm', label: [48, 34], columns: 4 },
  'roll-40x30': { title: '40×30 毫米标签卷', page: '40mm 30mm;margin:0', label: [40, 30], columns: 1 },
  'roll-60x40': { title: '60×40 毫米标签卷', page: '60mm 40mm;margin:0', label: [60, 40], columns: 1 },
  'roll-100x70': { title: '100×70 毫米标签卷', page: '100mm 70mm;margin:0', label: [100, 70], columns: 1 },
} as const satisfies Record<string, Paper>
export type PaperName = keyof typeof papers

/** A bar narrower than this (GS1 General Specifications, X-dimension) is not read by the scanners of a warehouse. */
const NARROWEST_BAR_MM = 0.25

/** Paper as the symbol needs it: a bar code is twice as wide as a label of an A4 sheet. */
function paperOf(name: PaperName, symbol: Symbol): Paper {
  const paper: Paper = papers[name]
  const [wide, high] = paper.label
  return symbol === 'gs1-128' && paper.columns > 1
    ? { ...paper, label: [wide * 2, high], columns: paper.columns / 2 }
    : paper
}

const withoutLot = (elements: string) => elements.replace(/\(10\).*$/, '')

/** Whether a symbol as it was drawn has bars that are wide enough on this paper. */
function isReadable(drawing: string, { label: [wide] }: Paper): boolean {
  // bwip-js draws a module two units wide, its quiet zone among them.
  const units = Number(/viewBox="0 0 (\d+)/.exec(drawing)?.[1])
  return (wide - 4) / (units / 2) >= NARROWEST_BAR_MM
}

/**
 * The symbols of a sheet, each measured: GTIN, serial and lot; of a bar code the lot is left out of all where the bars of
 * one would get too narrow with it (GTIN and serial name the piece). Throws 422 where not even these fit.
 */
function drawAll(labels: readonly Label[], symbol: Symbol, paper: Paper): { drawings: string[]; holdsLot: boolean } {
  for (const holdsLot of [true, false]) {
    const drawings = labels.map(({ link, elements }) =>
      drawSymbol(symbol, link, holdsLot ? elements : withoutLot(elements)),
    )
    if (symbol !== 'gs1-128' || drawings.every((drawing) => isReadable(drawing, paper))) return { drawings, holdsLot }
  }
  const text = '这种标签放不下 GS1-128 条码，请用 A4 纸、100×70 标签卷，或改用 DataMatrix'
  throw invalid([{ at: '/paper', code: 'too-narrow', text }])
}

/** On which paper each symbol of an order can be printed, whatever serial it gets. */
export function labelChoices(order: Pick<CodeOrder, 'gtin' | 'lot'>, serialLength: number): LabelChoices {
  // Code 128 writes two digits in the room of a letter: letters alone are the widest.
  const elements = elementsOf(order, 'Z'.repeat(serialLength))
  const bars = [elements, withoutLot(elements)].map((each) => drawSymbol('gs1-128', '', each))
  return symbols.map((symbol) => ({
    symbol,
    papers: (Object.keys(papers) as PaperName[]).flatMap((name) => {
      const fits = bars.findIndex((drawing) => isReadable(drawing, paperOf(name, 'gs1-128')))
      if (symbol !== 'gs1-128') return [{ name, title: papers[name].title, holdsLot: true }]
      return fits < 0 ? [] : [{ name, title: papers[name].title, holdsLot: fits === 0 }]
    }),
  }))
}

/** The symbol measures at least 10 mm, what phones want at 20 cm; a bar code's quiet zone stays free. A sheet is cut along its lines. */
function style({ page, label: [wide, high], columns }: Paper, symbol: Symbol): string {
  const side = Math.min(wide, high) - 10
  const drawing =
    symbol === 'gs1-128'
      ? `width:${wide - 4}mm;height:${Math.round(high * 0.55)}mm`
      : `width:${side}mm;height:${side}mm`
  const isRoll = columns === 1
  return `
@page{size:${page}}
*{box-sizing:border-box;margin:0}
body{font:9pt/1.35 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:#000;background:#fff}
.note{padding:6mm 9mm;max-width:192mm;margin:0 auto;font-size:11pt}
.note h1{font-size:15pt;margin-bottom:2mm}
ul{list-style:none;padding:0;width:${wide * columns}mm;margin:0 auto;display:grid;grid-template-columns:repeat(${columns},${wide}mm)}
li{height:${high}mm;padding:1.5mm;display:flex;flex-direction:column;align-items:center;justify-content:center;break-inside:avoid;${isRoll ? 'break-after:page;' : ''}border:.1mm dashed #bbb}
svg{${drawing}}
b{font:600 ${wide < 45 ? 6.5 : 8}pt/1.3 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;letter-spacing:.02em}
small{font-size:${wide < 45 ? 5.5 : 6.5}pt;line-height:${wide < 45 ? 1.15 : 1.25};text-align:center}
@media print{.note{display:none}${isRoll ? 'li{border-color:transparent}' : ''}}
`
}

export const sheetPolicy = (css: string) =>
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(css).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/** One symbol as SVG. QR carries the link; DataMatrix and GS1-128 the element string, as GS1 prescribes. */
export function drawSymbol(symbol: Symbol, link: string, elements: string): string {
  if (symbol === 'qr') return bwipjs.toSVG({ bcid: 'qrcode', text: link, padding: 2 })
  if (symbol === 'datamatrix') return bwipjs.toSVG({ bcid: 'gs1datamatrix', text: elements, padding: 2 })
  return bwipjs.toSVG({ bcid: 'gs1-128', text: elements, height: 20, paddingwidth: 10 })
}

export type Label = { code: string; link: string; elements: string; small: string }

/** A page to print from the browser: one label a code, with its symbol, the code in letters, and what it belongs to. */
export function labelSheet(
  title: string,
  labels: readonly Label[],
  { symbol, paper, stem }: { symbol: Symbol; paper: PaperName; stem: string },
): { page: string; policy: string } {
  const cut = paperOf(paper, symbol)
  const css = style(cut, symbol)
  const { drawings, holdsLot } = drawAll(labels, symbol, cut)
  const drawn = labels.map(({ code, elements, small }, place) => {
    const carried = holdsLot ? elements : withoutLot(elements)
    const drawing = trusted(drawings[place] ?? '')
    return html`<li>${drawing}<b>${symbol === 'gs1-128' ? carried : code}</b><small>${small}</small></li>`
  })
  const check =
    symbol === 'qr'
      ? `二维码打开的网址应是 ${stem}`
      : `读出的内容应与标签上的文字一致${holdsLot ? '' : '（条码太长，不含批号）'}`
  const page = html`<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title>
<style>${trusted(css)}</style>
<div class="note"><h1>${title}</h1>
<p>用浏览器的“打印”功能打印，${papers[paper].title}，缩放 100%，不加页眉页脚。大量印刷前先扫一个：${check}。</p></div>
<ul>${drawn}</ul>
</html>
`.toString()
  return { page, policy: sheetPolicy(css) }
}

export const elementsOf = ({ gtin, lot }: Pick<CodeOrder, 'gtin' | 'lot'>, serial: string) =>
  `(01)${gtin}(21)${serial}(10)${lot}`

import { createHash } from 'node:crypto'
import qrcode from 'qrcode'
import type { CodeOrder } from '../trace/codes/index.ts'
import { html, trusted } from './html.ts'

/** A4, 4 x 8 labels of 48 x 34 mm; the QR measures 24 mm, above the 10 mm that phones want at 20 cm. */
const style = `
@page{size:A4;margin:8mm 9mm}
*{box-sizing:border-box;margin:0}
body{font:9pt/1.35 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;color:#000;background:#fff}
.note{padding:6mm 9mm;max-width:192mm;margin:0 auto;font-size:11pt}
.note h1{font-size:15pt;margin-bottom:2mm}
ul{list-style:none;padding:0;width:192mm;margin:0 auto;display:grid;grid-template-columns:repeat(4,48mm)}
li{height:34mm;padding:2mm 1.5mm;display:flex;flex-direction:column;align-items:center;justify-content:center;break-inside:avoid;border:.1mm dashed #bbb}
svg{width:24mm;height:24mm}
b{font:600 8pt/1.3 ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;letter-spacing:.02em}
small{font-size:6.5pt;line-height:1.25}
@media print{.note{display:none}li{border-color:transparent}}
`
export const sheetPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/** A page to print from the browser: one label a code, with its QR, serial, GTIN and lot. */
export async function labelSheet(
  order: CodeOrder,
  serials: readonly string[],
  link: (serial: string) => string,
  stem: string,
): Promise<string> {
  const labels = await Promise.all(
    serials.map(async (serial) => {
      const drawing = await qrcode.toString(link(serial), { type: 'svg', errorCorrectionLevel: 'M', margin: 2 })
      return html`<li>${trusted(drawing)}<b>${serial}</b><small>${order.gtin} · ${order.lot}</small></li>`
    }),
  )
  return html`<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>追溯码标签 ${order.lot}</title>
<style>${trusted(style)}</style>
<div class="note"><h1>${serials.length} 个追溯码标签，批号 ${order.lot}</h1>
<p>用浏览器的“打印”功能打印，A4 纸，缩放 100%。印刷前先扫一个：二维码打开的网址应是 ${stem}。</p></div>
<ul>${labels}</ul>
</html>
`.toString()
}

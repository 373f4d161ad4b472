import { type Html, html, trusted } from './html.ts'
import { style } from './style.ts'

/** Larger letters for whoever asked for them (`?big=1`), with the way back. */
export type Mode = { big: boolean /** The same page's path in the other mode. */; other: string }

/** A whole page of the shoppers' side: mark, mode, content. */
export function page(title: string, mode: Mode, content: Html): string {
  return html`<!doctype html>
<html lang="zh-CN"${mode.big && trusted(' class="big"')}>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no">
<title>${title} · 食溯</title>
<style>${trusted(style)}</style>
<header class="top"><a class="mark" href="${mode.big ? '/scan?big=1' : '/scan'}"><i>溯</i>食溯</a><a class="mode" href="${mode.other}">${mode.big ? '标准字' : '大字版'}</a></header>
${content}
</html>
`.toString()
}

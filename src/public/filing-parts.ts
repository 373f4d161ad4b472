import type { Filing } from '../trace/index.ts'
import { type Html, html } from './html.ts'

type Row = readonly [title: string, value: string | undefined]

const list = (rows: readonly Row[]): Html =>
  html`<dl class="lines">${rows.map(([title, value]) => value !== undefined && html`<dt>${title}</dt><dd>${value}</dd>`)}</dl>`

/** Drawn once a filing: every look at a product's bags shows the same. */
const drawn = new WeakMap<Filing, Html>()

/** How to eat it and what is in it (E5.2.3.e), and who makes it under which licence (E5.2.3.b), as filed and reviewed. */
export function filingParts(filing: Filing): Html {
  const known = drawn.get(filing)
  if (known !== undefined) return known
  const parts = html`${eatingPart(filing)}${makerPart(filing)}`
  drawn.set(filing, parts)
  return parts
}

function eatingPart(filing: Filing): Html | false {
  const rows: Row[] = [
    ['温馨提示', filing.reminder],
    ['适用人群', filing.suits],
    ['食用方法', filing.method],
    ['配料', filing.ingredients],
    ['营养成分', filing.nutrition],
    ['怎样存放', filing.storage],
    ['执行标准', filing.standard],
  ]
  if (rows.every(([, value]) => value === undefined)) return false
  return html`<section class="part" id="eating"><h2>吃之前看<small>企业备案，以包装标签为准</small></h2>${list(rows)}</section>`
}

function makerPart({ maker }: Filing): Html {
  const { licence, licenceUntil } = maker
  return html`<section class="part" id="maker"><h2>谁生产的</h2>${list([
    ['企业名称', maker.name],
    ['地址', maker.address],
    ['许可证', licence && `${licence}${licenceUntil ? `，有效期到 ${licenceUntil}` : ''}`],
  ])}</section>`
}

import type { Channel } from '../trace/codes/index.ts'
import type { Product, Step, Story } from '../trace/index.ts'
import { legalDay, sayDays, sayMinute } from './day.ts'
import { filingParts } from './filing-parts.ts'
import { type Html, html } from './html.ts'
import { type Mode, page } from './page.ts'
import { sign, verdictShape } from './shapes.ts'
import { checkPathOf } from './story-check.ts'
import { unknownsOf, type Verdict } from './verdict.ts'

/** The page of a lot or of one thing: verdict, facts, way, what is not known. `asked`: through what it is looked at now. */
export function storyPage(story: Story, verdict: Verdict, now: Date, mode: Mode, asked?: Channel): string {
  const title = `${verdict.word} · ${story.product.name ?? story.lot ?? story.gtin}`
  return page(
    title,
    mode,
    html`<main class="wide">
${verdictPart(verdict)}
<div class="left">${factsPart(story)}${story.filing && filingParts(story.filing)}</div>
<div class="right">${story.steps.length > 0 && wayPart(story, now)}${asked && looksPart(story, asked, mode, now)}${unknownPart(story)}</div>
</main>
<footer class="foot">
<p><a class="act" href="${complainPath(story, mode)}">投诉这件食品</a></p>
<p><a href="${checkPathOf(story)}${mode.big ? '?big=1' : ''}">在我的手机上核对：这一批的说法有没有被改过</a></p>
<p>也可以拨打 <a href="tel:12315">12315</a>，报上${story.serial === undefined ? '' : `序列号 ${story.serial}、`}批号 ${story.lot ?? '（未登记）'}。</p>
<p>记录由企业和检验机构申报，市场监管部门抽查。可追溯不等于质量担保。</p>
<p>查询时间 ${sayMinute(now)}</p>
</footer>`,
  )
}

function complainPath({ id, product }: Story, { big }: Mode): string {
  return `/complain?${new URLSearchParams({ code: id, ...(product.name && { food: product.name }), ...(big && { big: '1' }) })}`
}

/** E5.2.4.c: when, how often and through what it was asked for, and where to say what one thinks of it. */
function looksPart(story: Story, asked: Channel, mode: Mode, now: Date): Html {
  const { scans, serial } = story
  const first = scans && scans.count > 1 ? sayMinute(scans.firstAt) : `${sayMinute(now)}（就是这一次）`
  return html`<section class="part" id="looks"><h2>查询记录<small>${serial === undefined ? '这一批' : '这一件'}被消费者查询的情况</small></h2>
<dl><dt>首次查询</dt><dd>${first}</dd><dt>查询次数</dt><dd>${scans?.count ?? 1} 次</dd><dt>本次渠道</dt><dd>${channels[asked]}</dd>
<dt>意见反馈</dt><dd><a href="${complainPath(story, mode)}">说说哪里不对</a></dd></dl></section>`
}

/** Channels in a shopper's words. */
export const channels: Readonly<Record<Channel, string>> = {
  wechat: '微信扫码',
  qq: 'QQ 扫码',
  alipay: '支付宝扫码',
  browser: '浏览器',
  program: '其他程序',
}

/** The verdict alone stands first and apart; nothing competes with it. */
export function verdictPart(verdict: Verdict): Html {
  return html`<section id="verdict" class="verdict ${verdict.tone}"><h1>${verdictShape[verdict.code]}${verdict.word}</h1>
<p>${verdict.sentence}</p>${verdict.advice && html`<p class="advice">${verdict.advice}</p>`}
${
  verdict.checks.length > 0 &&
  html`<ul class="checks">${verdict.checks.map(
    ({ tone, text }) =>
      html`<li class="is-${tone}"><i role="img" aria-label="${sign[tone].word}">${sign[tone].text}</i>${text}</li>`,
  )}</ul>`
}</section>`
}

type Row = { title: string; value: string | undefined; code?: true }

function factsPart(story: Story): Html {
  const { product, inspection } = story
  const rows: Row[] = [
    { title: '生产企业', value: product.maker },
    { title: '产品类别', value: product.category },
    { title: '批号', value: story.lot, code: true },
    { title: '品牌', value: product.brand },
    { title: '规格', value: product.specification },
    { title: '工艺', value: product.process },
    { title: '生产日期', value: product.productionDay },
    { title: '保质期', value: shelfLife(product) },
    { title: '原产地', value: product.origin },
    { title: '销售区域', value: product.salesArea },
    { title: '零售价', value: product.retailPriceFen === undefined ? undefined : yuan(product.retailPriceFen) },
    { title: '检验报告', value: inspection?.report },
    { title: '检验标准', value: inspection?.standard },
  ]
  const codes: Row[] = [
    { title: '商品条码', value: story.gtin, code: true },
    { title: '序列号', value: story.serial, code: true },
  ]
  const name = product.name ?? '产品名称没有申报'
  return html`<section class="part"><h2>${name}${product.netContent && ` ${product.netContent}`}</h2>
<dl>${[...rows, ...codes].map(fact)}</dl></section>`
}

/** What was not declared is told once, under what we do not know. */
function fact({ title, value, code }: Row): Html | undefined {
  if (value === undefined) return undefined
  return code ? html`<dt>${title}</dt><dd class="code">${value}</dd>` : html`<dt>${title}</dt><dd>${value}</dd>`
}

function shelfLife({ shelfLifeDays, expiryDay }: Product): string | undefined {
  const days = shelfLifeDays === undefined ? undefined : `${shelfLifeDays} 天`
  if (expiryDay === undefined) return days
  return days ? `到 ${expiryDay}（${days}）` : `到 ${expiryDay}`
}

const yuan = (fen: number) => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')} 元`

/** Drawn ways: things that share a lot's tale share its drawing, for one legal day. */
const drawn = new WeakMap<readonly Step[], { under: string; way: Html }>()

/** Where it has been, day by day. */
export function wayPart(story: Pick<Story, 'steps' | 'wayOf' | 'serial'>, now: Date): Html {
  const whose = story.wayOf === 'lot' && story.serial !== undefined ? '同一批的路线' : '每一步由经手单位记录'
  const under = legalDay(now) + whose
  const known = drawn.get(story.steps)
  if (known?.under === under) return known.way
  const way = html`<section class="part" id="way"><h2>它从哪里来<small>${whose}</small></h2>
<ol>${byDay(story.steps, now).map(dayItem)}</ol></section>`
  drawn.set(story.steps, { under, way })
  return way
}

type Day = { days: string; first: string; halted: boolean; steps: Step[] }

/** What happened on one day stands under one date; a halt stands alone. */
function byDay(steps: readonly Step[], now: Date): Day[] {
  const list: Day[] = []
  for (const step of steps) {
    const first = legalDay(step.at)
    const days = sayDays(first, step.until ? legalDay(step.until) : first, now)
    const halted = step.kind === 'halted'
    const last = list.at(-1)
    if (last?.days === days && last.halted === halted) last.steps.push(step)
    else list.push({ days, first, halted, steps: [step] })
  }
  return list
}

function dayItem({ days, first, halted, steps }: Day): Html {
  const told = steps.map(({ text, detail }) => html`<p>${text}${detail && html` <span>${detail}</span>`}</p>`)
  const start = halted ? html`<li class="halted">` : html`<li>`
  return html`${start}<time datetime="${first}">${days}</time><div>${told}</div></li>`
}

function unknownPart(story: Story): Html {
  return html`<section class="untold-all"><h2>我们不知道的</h2><ul>${unknownsOf(story).map((text) => html`<li>${text}</li>`)}</ul></section>`
}

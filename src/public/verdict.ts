import type { Story } from '../trace/index.ts'
import { dayText, legalDay, sayDay } from './day.ts'

/** good, warn, bad, unknown: each has a shape and a word besides its colour; info judges nothing. */
export type Tone = 'good' | 'warn' | 'bad' | 'unknown' | 'info'
export type VerdictCode = 'normal' | 'recalled' | 'held' | 'expired' | 'suspect' | 'no-records' | 'unknown-code'
export type Check = { about: 'code' | 'halt' | 'expiry' | 'inspection' | 'material'; tone: Tone; text: string }
/** What a shopper must know before anything else. `advice` says what to do, where something is to be done. */
export type Verdict = {
  code: VerdictCode
  word: string
  tone: Tone
  sentence: string
  advice?: string
  checks: Check[]
}

/** Judges a story at one moment. The gravest fact decides: recalled, held, expired, a code that should not be there, nothing recorded, normal. */
export function verdictOf(story: Story, now: Date): Verdict {
  const { product, halt } = story
  const today = legalDay(now)
  const thing = `${story.serial === undefined ? '这批' : '这件'}${product.name ?? '商品'}`
  const checks = checksOf(story, now)
  // About goods that must not be eaten, what is in order or merely unknown would only compete with the warning.
  const faults = (told: Check['about']) =>
    checks.filter(({ about, tone }) => about !== told && (tone === 'bad' || tone === 'warn'))
  if (halt?.kind === 'recalled') {
    return {
      code: 'recalled',
      word: '已召回',
      tone: 'bad',
      sentence: `${thing}从${dayText(halt.since, now)}起被召回。`,
      advice: '请不要食用。保留包装和购物凭证，联系购买处或生产企业退货。',
      checks: faults('halt'),
    }
  }
  if (halt?.kind === 'held') {
    return {
      code: 'held',
      word: '已暂停销售',
      tone: 'warn',
      sentence: `${thing}从${dayText(halt.since, now)}起暂停销售，正在核查。`,
      advice: '请先不要购买或食用，等核查有了结果再查。',
      checks: faults('halt'),
    }
  }
  if (product.expiryDay !== undefined && product.expiryDay < today) {
    return {
      code: 'expired',
      word: '已过期',
      tone: 'bad',
      sentence: `${thing}的保质期到 ${sayDay(product.expiryDay)}，已经过了 ${daysBetween(product.expiryDay, today)} 天。`,
      advice: '请不要食用。如果是刚买的，可以拿包装和购物凭证找购买处。',
      checks: faults('expiry'),
    }
  }
  const doubt = doubtOf(story, now)
  if (doubt) {
    return {
      code: 'suspect',
      word: '码有疑点',
      tone: 'warn',
      sentence: doubt,
      advice: '这不说明食品一定有问题。请核对包装，向购买处核实；怀疑假冒可拨打 12315 举报。',
      checks: checks.filter(({ about }) => about !== 'code'),
    }
  }
  if (!story.recorded) {
    return {
      code: 'no-records',
      word: '暂无记录',
      tone: 'unknown',
      sentence: `码是真的，但企业还没有上报这批商品的生产和检验记录，所以现在不能说它正常。`,
      checks,
    }
  }
  return { code: 'normal', word: '正常', tone: 'good', sentence: normalSentence(story, thing, now), checks }
}

/** The verdict on a code of which nothing is known. */
export const unknownCode: Verdict = {
  code: 'unknown-code',
  word: '查无此码',
  tone: 'unknown',
  sentence: '没有查到这个码。可能是输错了，也可能这件商品没有在本平台赋码。',
  advice: '请对照包装再扫一次。只凭查不到，不能断定食品有没有问题。',
  checks: [],
}

function normalSentence({ product, inspection }: Story, thing: string, now: Date): string {
  const parts = [thing]
  if (product.productionDay !== undefined) {
    parts.push(`${sayDay(product.productionDay, now)}${product.origin ? `在${product.origin}` : ''}生产`)
  }
  if (inspection?.result === 'passed') parts.push('检验合格')
  parts.push('没有被召回')
  if (product.expiryDay !== undefined) parts.push(`可以吃到 ${sayDay(product.expiryDay)}`)
  return `${parts.join('，')}。`
}

function checksOf(story: Story, now: Date): Check[] {
  return [...codeChecks(story, now), haltCheck(story), expiryCheck(story, now), inspectionCheck(story), material(story)]
}

function codeChecks({ genuine, scans, serial, code }: Story, now: Date): Check[] {
  if (serial === undefined) return []
  const about = 'code'
  const origin = code?.source ? `${code.source}赋的码` : genuine === 'issued' ? '是真码' : '记录里有这个码'
  const reason = code?.signals.map((each) => doubts[each]).find(Boolean)
  if (reason) return [{ about, tone: 'warn', text: `${reason}，请核对包装` }]
  if (scans === undefined || scans.count <= 1) return [{ about, tone: 'good', text: `${origin}，首次被查` }]
  const times = `被查过 ${scans.count} 次，首次在${dayText(scans.firstAt, now)}`
  return [
    { about, tone: 'good', text: origin },
    { about, tone: 'info', text: times },
  ]
}

/** Why a code should not be on a package in somebody's hand. */
function doubtOf({ code }: Story, now: Date): string | undefined {
  if (code?.voidedAt) return `这个码已在${dayText(code.voidedAt, now)}作废，不应再出现在商品上。`
  if (code?.consumedAt) return `带这个码的商品已在${dayText(code.consumedAt, now)}登记为停用或销毁，不应再出现。`
  if (code?.inactive) return '这个码还没有启用，带它的商品应当还没有出厂。'
  return undefined
}

/** What a copied code gives away: one code cannot be in many places. */
const doubts: Readonly<Record<string, string>> = {
  speed: '这个码在相距很远的两地先后被查，可能被人复制',
  places: '这个码近期在多地被查，可能被人复制',
  scans: '这个码被查的次数异常多，可能被人复制',
}

function haltCheck({ halt, recorded }: Story): Check {
  const about = 'halt'
  if (halt?.kind === 'recalled') return { about, tone: 'bad', text: '已召回' }
  if (halt?.kind === 'held') return { about, tone: 'warn', text: '已暂停销售' }
  return { about, tone: recorded ? 'good' : 'unknown', text: recorded ? '没有召回或停售' : '没有召回停售的记录' }
}

function expiryCheck({ product }: Story, now: Date): Check {
  const about = 'expiry'
  const { expiryDay } = product
  if (expiryDay === undefined) return { about, tone: 'unknown', text: '保质期没有申报' }
  const left = daysBetween(legalDay(now), expiryDay)
  if (left < 0) return { about, tone: 'bad', text: `已过期 ${-left} 天` }
  return left === 0 ? { about, tone: 'warn', text: '今天到期' } : { about, tone: 'good', text: `离到期 ${left} 天` }
}

function inspectionCheck({ inspection }: Story): Check {
  const about = 'inspection'
  if (inspection === undefined) return { about, tone: 'unknown', text: '没有检验记录' }
  if (inspection.result === 'passed') return { about, tone: 'good', text: '检验合格' }
  if (inspection.result === 'failed') return { about, tone: 'bad', text: '检验不合格' }
  return inspection.report
    ? { about, tone: 'info', text: '有企业申报的报告' }
    : { about, tone: 'unknown', text: '没有检验结果' }
}

function material({ materials }: Story): Check {
  const about = 'material'
  if (materials.count === 0) return { about, tone: 'unknown', text: '原料没有申报' }
  return { about, tone: 'good', text: `${materials.count} 批原料可查` }
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000)
}

/** What nobody told us: said plainly, since silence would look like an answer. */
export function unknownsOf(story: Story): string[] {
  const { product, materials, recorded, inspection } = story
  const unknowns: string[] = []
  const undeclared = Object.entries(E521).flatMap(([field, title]) => {
    return product[field as keyof typeof E521] === undefined ? [title] : []
  })
  if (recorded && undeclared.length > 0) unknowns.push(`${undeclared.join('、')}：企业没有申报。`)
  if (recorded && inspection?.report === undefined) unknowns.push('检验报告：企业没有提供。')
  if (recorded && story.filing === undefined) unknowns.push('配料、营养成分、食用方法、适用人群：企业没有备案。')
  if (materials.withoutOrigin.length > 0) {
    const named = materials.withoutOrigin.slice(0, 4).join('、')
    unknowns.push(`${named}${materials.withoutOrigin.length > 4 ? '等' : ''}的产地：供应商没有申报。`)
  }
  if (story.wayOf === 'lot' && story.serial !== undefined && recorded) {
    unknowns.push('这一件走的路线：记录只到批次，上面是整批的去向。')
  }
  unknowns.push('离开最后一站以后怎样存放、是否拆封。')
  return unknowns
}

/** The fields that E5.2.1 asks the label's code to lead to. */
const E521 = {
  name: '产品名称',
  category: '产品类别',
  productionDay: '生产日期',
  origin: '原产地',
  salesArea: '销售区域',
  retailPriceFen: '零售价',
  expiryDay: '保质期',
} as const

import type { ISql } from 'postgres'
import { Failure, forbidden, notFound } from '../../../failure.ts'
import { unitFacts } from '../../../language/units.ts'
import type { Actor } from '../../../platform/access/actor.ts'
import type { Work } from '../../../platform/operation.ts'
import {
  balance,
  doubtsAbout,
  findGoods,
  type Holder,
  type LotBalance,
  madeBy,
  type Scope as Reach,
  type TraceAnswer,
  trace,
} from '../../../trace/index.ts'
import type { Goods, HolderScope, Scope } from './wire.ts'

/** What a recall may start from, as the operation's fields give it. */
export type RecallInput = {
  from: 'lot' | 'supplier' | 'material' | 'site' | 'window' | 'test'
  id?: string | null
  supplier?: string | null
  material?: string | null
  site?: string | null
  since?: string | null
  until?: string | null
  test?: string | null
}

export type RecallScope = Scope<Date> & {
  /** Keys that a hold must name: lots, and single things that belong to none of them. */
  keys: string[]
}

const NODES = 10_000

/** How far an actor's recall reaches: an authority its region, an enterprise what it was party to. */
export function scopeOf(actor: Actor): Reach {
  if (actor.role === 'city') return { city: actor.region }
  if (actor.role === 'county') return { county: actor.region, ...(actor.station && { station: actor.station }) }
  if (actor.role === 'enterprise') return { ownerId: actor.ownerId }
  throw forbidden()
}

/** Finds what a recall concerns: what the goods went into, where all of that is and how much. Writes nothing. */
export async function recallScope({ sql, actor, now }: Work, input: RecallInput): Promise<RecallScope> {
  const scope = scopeOf(actor)
  const { keys: starts, truncated: cut } = await startsOf(sql, actor, scope, input)
  if (starts.length === 0)
    throw new Failure(422, 'nothing-found', '按所给条件没有找到任何批次，请换一种起点或扩大时间范围')
  await requireOwn(sql, actor, starts)
  const request = { id: starts, now, nodeLimit: NODES }
  const answer = await trace(sql, scope, { ...request, direction: 'forward' }).catch((error: unknown) => {
    // Of a lot that was typed or scanned, the field is what has to be mended.
    if (input.from === 'lot' && error instanceof Failure && error.status === 404) throw refused('id', error.text)
    throw error
  })
  const books = await balance(sql, scope, { ...request, units: unitFacts, chain: true })
  const lots = books.lots.map((row) => ({ ...goodsOf(row, circulating(row)), made: madeOf(row) }))
  const grouped = new Set(answer.edges.flatMap(({ kind, to }) => (kind === 'class-of' ? [to] : [])))
  const isGoods = ({ level, gtin, key }: TraceAnswer['nodes'][number]) =>
    level === 'lot' || (level === 'serial' && gtin !== undefined && !grouped.has(key))
  const keys = answer.nodes.filter(isGoods).map(({ key }) => key)
  return {
    asOf: answer.asOf,
    starts,
    lots,
    keys,
    mixes: [...new Set(answer.edges.flatMap(({ kind, to }) => (kind === 'mix' ? [to] : [])))],
    holders: holdersOf(answer, books.lots),
    hidden: answer.hidden,
    truncated: cut || answer.truncated || books.truncated,
    unconfirmed: await doubtsAbout(sql, keys),
  }
}

async function startsOf(
  sql: ISql,
  actor: Actor,
  scope: Reach,
  input: RecallInput,
): Promise<{ keys: string[]; truncated: boolean }> {
  const window = { since: instant(input.since), before: instant(input.until) }
  const gtin = input.material?.padStart(14, '0')
  if (window.since && window.before && window.since >= window.before) throw refused('until', '时间到应晚于时间从')
  switch (input.from) {
    case 'lot':
      return { keys: [needed(input.id, 'id', '要召回的批次')], truncated: false }
    case 'supplier': {
      const gln = await glnOf(sql, needed(input.supplier, 'supplier', '供应商'), 'supplier')
      return findGoods(sql, scope, { by: 'supplier', gln, ...(gtin && { gtin }), ...window })
    }
    case 'material':
      return findGoods(sql, scope, { by: 'product', gtin: needed(gtin, 'material', '原料或产品条码'), ...window })
    case 'site':
      needed(input.site, 'site', '地点所属单位')
      return within(sql, scope, input, gtin)
    case 'window': {
      // What an enterprise asks without a place is its own; of a whole region it would be everybody's goods.
      const site = input.site ?? (actor.role === 'enterprise' ? actor.ownerId : undefined)
      return within(
        sql,
        scope,
        { ...input, site: gtin ? input.site : needed(site, 'site', '单位，或者产品条码') },
        gtin,
      )
    }
    default:
      return failedTest(sql, actor, scope, needed(input.test, 'test', '抽样检验记录'))
  }
}

/** What was at a place, or of a product, in a span of time. */
async function within(
  sql: ISql,
  scope: Reach,
  input: RecallInput,
  gtin: string | undefined,
): Promise<{ keys: string[]; truncated: boolean }> {
  const since = new Date(needed(input.since, 'since', '时间范围的开始'))
  const before = new Date(needed(input.until, 'until', '时间范围的结束'))
  const site = input.site ? await glnOf(sql, input.site, 'site') : undefined
  if (site) return findGoods(sql, scope, { by: 'site', gln: site, since, before, ...(gtin && { gtin }) })
  return findGoods(sql, scope, { by: 'product', gtin: gtin ?? '', since, before })
}

/** The lot of a sample that failed: of that number, at the enterprise where it was taken. */
async function failedTest(
  sql: ISql,
  actor: Actor,
  scope: Reach,
  id: string,
): Promise<{ keys: string[]; truncated: boolean }> {
  const [test] = await sql<
    { lot: string; subject: string; result: string | null; retest: string | null; gln: string | null }[]
  >`
    select t.lot, t.subject, t.result, t.retest_result as retest, o.gln from sampling_test t join owner o on o.id = t.subject
    where t.id = ${id} and t.state <> 'void' and case ${actor.role}
      when 'city' then t.city = ${actor.region}
      when 'county' then t.county = ${actor.region} and coalesce(o.station = ${actor.station ?? null}::text, ${!actor.station})
      else t.subject = ${actor.ownerId} end`
  if (!test) throw notFound('这份检验记录')
  if ((test.retest ?? test.result) !== 'failed') throw refused('test', '这份检验没有不合格结论，不能据此召回')
  const gln = test.gln ?? undefined
  return findGoods(sql, scope, { by: 'lot-number', lot: test.lot, ownerId: test.subject, ...(gln && { gln }) })
}

/** An enterprise recalls what it made itself. */
async function requireOwn(sql: ISql, actor: Actor, starts: readonly string[]): Promise<void> {
  if (actor.role !== 'enterprise') return
  const own = await madeBy(sql, actor.ownerId, starts)
  if (own.size < starts.length) throw forbidden('企业只能召回自己生产的批次，其他批次请报告监管部门')
}

async function glnOf(sql: ISql, ownerId: string, at: string): Promise<string> {
  const [owner] = await sql<{ gln: string | null }[]>`select gln from owner where id = ${ownerId}`
  if (!owner) throw refused(at, '没有找到这家单位')
  if (!owner.gln) throw refused(at, '这家单位没有登记全球位置码 GLN，无法按单位查找，请改用批次')
  return owner.gln
}

function needed(value: string | null | undefined, at: string, title: string): string {
  if (!value) throw refused(at, `请填写${title}`)
  return value
}

function refused(at: string, text: string): Failure {
  return new Failure(422, 'invalid', text, { problems: [{ at: `/${at}`, code: 'missing', text }] })
}

const instant = (value: string | null | undefined) => (value ? new Date(value) : undefined)

/** What of a lot is still about: with holders, on its way, or sold to those who eat it. */
function circulating(row: LotBalance): string {
  return sum(row.stock, row.inTransit, row.sold, `-${row.returned}`)
}

const madeOf = (row: LotBalance) => sum(row.produced, row.entered)

function goodsOf(row: LotBalance, quantity: string): Goods {
  const { key, gtin, lot, name, uom } = row
  return { key, ...(gtin && { gtin }), ...(lot && { lot }), ...(name && { name }), quantity, ...(uom && { uom }) }
}

/** Exact sum of decimals of at most six places. */
export function sum(...values: readonly string[]): string {
  const million = 1_000_000n
  const total = values.reduce((all, value) => {
    const isNegative = value.startsWith('-')
    const [whole = '0', fraction = ''] = value.replace(/^-+/, '').split('.')
    const amount = BigInt(whole) * million + BigInt(fraction.padEnd(6, '0').slice(0, 6))
    return isNegative ? all - amount : all + amount
  }, 0n)
  const text = `${total / million}.${String((total < 0n ? -total : total) % million).padStart(6, '0')}`
  return text.replace(/\.?0+$/, '') || '0'
}

function holdersOf(answer: TraceAnswer, books: readonly LotBalance[]): HolderScope[] {
  const holders = new Map<string, HolderScope>()
  const of = (holder: Holder) => {
    const known = holders.get(holder.id) ?? { ...holder, goods: [], sold: [] }
    holders.set(holder.id, known)
    return known
  }
  for (const row of books) {
    for (const each of row.holders) {
      const { id, ownerId, title, region } = each
      const holder = { id, ...(ownerId && { ownerId }), ...(title && { title }), ...(region && { region }) }
      if (each.stock !== '0') of(holder).goods.push(goodsOf(row, each.stock))
      const sold = sum(each.sold, `-${each.returned}`)
      if (sold !== '0' && !sold.startsWith('-')) of(holder).sold.push(goodsOf(row, sold))
    }
  }
  for (const entry of answer.frontier) {
    if (entry.state !== 'in_transit' || !entry.holder) continue
    const { key, gtin, name, quantity, uom } = entry
    const lot = answer.nodes.find((node) => node.key === key)?.lot
    const goods = {
      key,
      ...(gtin && { gtin }),
      ...(lot && { lot }),
      ...(name && { name }),
      quantity,
      ...(uom && { uom }),
    }
    of(entry.holder).goods.push(goods)
  }
  return [...holders.values()].filter(({ goods, sold }) => goods.length + sold.length > 0)
}

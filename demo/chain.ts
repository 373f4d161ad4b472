import type { Ilmd } from '../src/trace/ilmd.ts'
import { type Amount, made, packed, received, type Scene, seen, shipped, transformed } from './events.ts'
import { gtin, lotId, serialId, sscc, unitId } from './ids.ts'

/** 示例: one chain of 柳州螺蛳粉, from four raw materials to one scanned bag. */

const day = 86_400_000
const hour = 3_600_000

export type Glns = Readonly<Record<string, string>>
export type Captured = { by: string; event: Record<string, unknown> }

/** 原料与半成品. */
export const goods = {
  rice: { gtin: gtin(1), name: '籼米粉', unit: 'KGM', shelfLifeDays: 180, origin: '广西柳州柳城' },
  snail: { gtin: gtin(2), name: '螺蛳', unit: 'KGM', shelfLifeDays: 3, origin: '广西柳州柳江' },
  bamboo: { gtin: gtin(3), name: '腌酸笋', unit: 'KGM', shelfLifeDays: 180, origin: '广西柳州融安' },
  bag: { gtin: gtin(4), name: '外包装袋', unit: 'EA', shelfLifeDays: 730, origin: '广西柳州' },
  noodle: { gtin: gtin(5), name: '干米粉', unit: 'KGM', shelfLifeDays: 180, origin: '广西柳州' },
  soup: { gtin: gtin(6), name: '螺蛳汤料包', unit: 'EA', shelfLifeDays: 180, origin: '广西柳州' },
  sour: { gtin: gtin(7), name: '酸笋配料包', unit: 'EA', shelfLifeDays: 180, origin: '广西柳州' },
} as const

export type GoodsKey = keyof typeof goods

/** The packed product. */
export const luosifen = {
  gtin: gtin(10),
  name: '柳州螺蛳粉（原味，示例）',
  netContent: '300 g',
  shelfLifeDays: 180,
  priceFen: 1280,
}
export const bagsPerCase = 24

export type Chain = {
  /** Day of packing, milliseconds of its midnight in Asia/Shanghai. */
  packedOn: number
  lot: string
  cases: number
  lots: Record<GoodsKey, string>
}

const dayText = (at: number): string => new Date(at + 8 * hour).toISOString().slice(0, 10)

/** A chain whose bags were packed on that day. */
export function chainOf(packedOn: number, number: number, cases: number): Chain {
  const tag = (before: number) => dayText(packedOn - before * day).replaceAll('-', '')
  const lots = {
    rice: `RF${tag(12)}`,
    snail: `LS${tag(9)}`,
    bamboo: `SS${tag(20)}`,
    bag: `BZ${tag(30)}`,
    noodle: `MF${tag(4)}-${number}`,
    soup: `TL${tag(6)}-${number}`,
    sour: `SP${tag(6)}-${number}`,
  }
  return { packedOn, lot: `A${tag(0)}-${number}`, cases, lots }
}

function ilmdOf(key: GoodsKey, lot: string, madeAt: number): Ilmd {
  const good = goods[key]
  return {
    productName: good.name,
    lotNumber: lot,
    productionDate: dayText(madeAt),
    expiryDate: dayText(madeAt + good.shelfLifeDays * day),
    shelfLifeDays: String(good.shelfLifeDays),
    originPlace: good.origin,
  }
}

const amountOf = (chain: Chain, key: GoodsKey, quantity: number): Amount => {
  const good = goods[key]
  const base = { epcClass: lotId(good.gtin, chain.lots[key]), quantity }
  return good.unit === 'EA' ? base : { ...base, uom: good.unit }
}

/** How much of each raw material one chain takes, and when before packing it was made and sent. */
const needs = [
  { key: 'rice', by: 'rice', to: 'noodle', quantity: 800, madeBefore: 12, sentBefore: 8 },
  { key: 'snail', by: 'snail', to: 'sauce', quantity: 150, madeBefore: 9, sentBefore: 9 },
  { key: 'bamboo', by: 'bamboo', to: 'sauce', quantity: 220, madeBefore: 20, sentBefore: 9 },
  { key: 'bag', by: 'bag', to: 'noodle', quantity: 5000, madeBefore: 30, sentBefore: 8 },
] as const

/** Raw materials come into being at the suppliers and are sent to the factories. */
export function supplied(chain: Chain, glns: Glns): Captured[] {
  return needs.flatMap(({ key, by, to, quantity, madeBefore, sentBefore }) => {
    const madeAt = chain.packedOn - madeBefore * day + 8 * hour
    const sentAt = chain.packedOn - sentBefore * day + 9 * hour
    const scene = (at: number, step: string): Scene => ({ at, gln: glns[by] ?? '', step, disposition: 'active' })
    const things = { amounts: [amountOf(chain, key, quantity)] }
    const source = made(scene(madeAt, 'commissioning'), things, ilmdOf(key, chain.lots[key], madeAt))
    const tested = seen({ ...scene(madeAt + hour, 'inspecting'), disposition: 'conformant' }, things)
    return [source, tested, shipped(scene(sentAt, 'shipping'), things, glns[to] ?? '')].map((event) => ({ by, event }))
  })
}

/** What the factories write down when it arrives: the receipts that go through the record's own door. */
export function deliveries(chain: Chain): { to: string; from: string; key: GoodsKey; quantity: string; at: number }[] {
  const raw = needs.map(({ key, by, to, quantity, sentBefore }) => ({
    to,
    from: by,
    key,
    quantity: String(quantity),
    at: chain.packedOn - sentBefore * day + 15 * hour,
  }))
  const half = (['soup', 'sour'] as const).map((key) => ({
    to: 'noodle',
    from: 'sauce',
    key,
    quantity: '1000',
    at: chain.packedOn - 3 * day + 10 * hour,
  }))
  return [...raw, ...half]
}

/** Noodles at the one factory, soup and sour bamboo at the other, which sends them over. */
export function prepared(chain: Chain, glns: Glns): Captured[] {
  const at = (before: number) => chain.packedOn - before * day + 9 * hour
  const scene = (by: string, before: number): Scene => ({
    at: at(before),
    gln: glns[by] ?? '',
    step: 'commissioning',
    disposition: 'in_progress',
  })
  const half = (
    key: GoodsKey,
    by: string,
    from: GoodsKey,
    used: number,
    quantity: number,
    before: number,
  ): Captured => ({
    by,
    event: transformed(
      scene(by, before),
      [amountOf(chain, from, used)],
      { amounts: [amountOf(chain, key, quantity)] },
      ilmdOf(key, chain.lots[key], at(before)),
    ),
  })
  const sent = (['soup', 'sour'] as const).map((key) => ({
    by: 'sauce',
    event: shipped(
      { ...scene('sauce', 3), step: 'shipping' },
      { amounts: [amountOf(chain, key, 1000)] },
      glns.noodle ?? '',
    ),
  }))
  return [
    half('soup', 'sauce', 'snail', 140, 1000, 6),
    half('sour', 'sauce', 'bamboo', 200, 1000, 6),
    half('noodle', 'noodle', 'rice', 600, 560, 4),
    ...sent,
  ]
}

export function productIlmd(chain: Chain): Ilmd {
  return {
    productName: luosifen.name,
    lotNumber: chain.lot,
    productionDate: dayText(chain.packedOn),
    expiryDate: dayText(chain.packedOn + luosifen.shelfLifeDays * day),
    shelfLifeDays: String(luosifen.shelfLifeDays),
    netContent: luosifen.netContent,
    brand: '示例牌',
    specification: `300 g × ${bagsPerCase} 袋`,
    process: '米粉烘干，配料包无菌灌装（示例）',
    productCategory: '方便食品',
    originPlace: '广西柳州',
    salesArea: '全国',
    retailPriceFen: String(luosifen.priceFen),
    inspectionStandard: 'DBS45/034—2021',
    inspectionReport: `示例出厂检验报告 ${chain.lot}`,
  }
}

/** The bags are packed, tested, cased and stacked. Only the first case's bags have serials of their own here. */
export function packedUp(chain: Chain, glns: Glns, serials: readonly string[], firstUnit: number): Captured[] {
  const gln = glns.noodle ?? ''
  const bags = chain.cases * bagsPerCase
  const amount = (quantity: number): Amount => ({ epcClass: lotId(luosifen.gtin, chain.lot), quantity })
  const epcs = serials.slice(0, bagsPerCase).map((serial) => serialId(luosifen.gtin, chain.lot, serial))
  const amounts = [amount(bags - epcs.length)]
  const scene = (hours: number, step: string, disposition = 'in_progress'): Scene => ({
    at: chain.packedOn + hours * hour,
    gln,
    step,
    disposition,
  })
  const inputs = [
    amountOf(chain, 'noodle', (bags * 15) / 100),
    amountOf(chain, 'soup', bags),
    amountOf(chain, 'sour', bags),
    amountOf(chain, 'bag', bags),
  ]
  const cases = Array.from({ length: chain.cases }, (_, i) =>
    packed(
      scene(15, 'packing'),
      'ADD',
      sscc(firstUnit + 1 + i),
      i === 0 ? { epcs } : { amounts: [amount(bagsPerCase)] },
    ),
  )
  const pallet = packed(scene(16, 'packing'), 'ADD', sscc(firstUnit), {
    epcs: Array.from({ length: chain.cases }, (_, i) => unitId(sscc(firstUnit + 1 + i))),
  })
  return [
    // A bag that is named is not counted in the quantity beside it.
    transformed(scene(9, 'commissioning'), inputs, { amounts, epcs }, productIlmd(chain)),
    seen(
      scene(14, 'inspecting', 'conformant'),
      { amounts, epcs },
      {
        'shisu:inspectionReport': `示例出厂检验报告 ${chain.lot}`,
      },
    ),
    ...cases,
    pallet,
  ].map((event) => ({ by: 'noodle', event }))
}

/** Warehouse, lorry, shops; the first case is opened and its bags stand on a shelf. */
export function distributed(chain: Chain, glns: Glns, serials: readonly string[], firstUnit: number): Captured[] {
  const at = (days: number, hours: number) => chain.packedOn + days * day + hours * hour
  const scene = (by: string, time: number, step: string, disposition = 'in_progress'): Scene => ({
    at: time,
    gln: glns[by] ?? '',
    step,
    disposition,
  })
  const pallet = sscc(firstUnit)
  const caseIds = Array.from({ length: chain.cases }, (_, i) => unitId(sscc(firstUnit + 1 + i)))
  const half = Math.ceil(chain.cases / 2)
  const forMarket = { epcs: caseIds.slice(0, half) }
  const forCorner = { epcs: caseIds.slice(half, chain.cases - 1) }
  const bags = { epcs: serials.slice(0, bagsPerCase).map((serial) => serialId(luosifen.gtin, chain.lot, serial)) }
  const whole = { epcs: [unitId(pallet)] }
  const to = (by: string) => glns[by] ?? ''
  const toShop = (shop: 'market' | 'corner', things: { epcs: string[] }, hours: number): Captured[] => [
    { by: 'store', event: shipped(scene('store', at(4, hours), 'shipping'), things, to('carrier')) },
    { by: 'carrier', event: seen(scene('carrier', at(4, hours + 1), 'transporting', 'in_transit'), things) },
    { by: shop, event: received(scene(shop, at(4, hours + 5), 'receiving'), things, to('carrier')) },
  ]
  return [
    { by: 'noodle', event: shipped(scene('noodle', at(1, 9), 'shipping'), whole, to('store')) },
    { by: 'store', event: received(scene('store', at(1, 14), 'receiving'), whole, to('noodle')) },
    { by: 'store', event: seen(scene('store', at(1, 15), 'storing', 'sellable_not_accessible'), whole) },
    {
      by: 'store',
      event: packed(scene('store', at(4, 7), 'unpacking'), 'DELETE', pallet, { epcs: caseIds.slice(0, -1) }),
    },
    ...toShop('market', forMarket, 8),
    ...toShop('corner', forCorner, 10),
    { by: 'market', event: packed(scene('market', at(5, 8), 'unpacking'), 'DELETE', sscc(firstUnit + 1), bags) },
    { by: 'market', event: seen(scene('market', at(5, 9), 'stocking', 'sellable_accessible'), bags) },
  ]
}

/** Sold, says a maker of sauces who never had them: a case for 待确认事件. */
export function claimed(chain: Chain, glns: Glns, at: number): Captured[] {
  const amounts = [{ epcClass: lotId(luosifen.gtin, chain.lot), quantity: bagsPerCase }]
  const scene = { at, gln: glns.sauce ?? '', step: 'retail_selling', disposition: 'retail_sold' }
  return [{ by: 'sauce', event: seen(scene, { amounts }) }]
}

export { dayText }

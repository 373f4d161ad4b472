import type { GraphEdge, Holder, PlaceState, Quantity, TraceAnswer, TraceNode } from '../../trace/wire.ts'

export type { Holder, Quantity } from '../../trace/wire.ts'
export type Node = TraceNode
export type Edge = GraphEdge
export type Answer = TraceAnswer
export type Direction = TraceAnswer['direction']

export const directionWords: Readonly<Record<Direction, string>> = {
  both: '来源和去向',
  backward: '只看来源',
  forward: '只看去向',
}

/** What happened along an edge, seen from where the goods went. */
export const edgeWords: Readonly<Record<Edge['kind'], string>> = {
  transformation: '加工成',
  aggregation: '装入',
  association: '放入',
  'class-of': '其中一件',
  mix: '可能混入',
}

const levelWords: Readonly<Record<string, string>> = {
  class: '产品',
  lot: '批次',
  serial: '单品',
  pattern: '一类',
  logistic: '物流单元',
  other: '物品',
}

export const stateWords: Readonly<Record<PlaceState | 'gone' | 'unknown', string>> = {
  here: '在此处',
  in_transit: '在途',
  gone: '已用完或售出',
  unknown: '下落不明',
}

export function levelWord(node: Node): string {
  return levelWords[node.level] ?? '物品'
}

/** What a thing is called: its product's name, or what it is. */
export function nameOf(node: Node): string {
  return node.name ?? (node.level === 'logistic' ? '物流单元' : node.gtin ? `商品 ${node.gtin}` : levelWord(node))
}

/** What tells a thing from others of its name: lot, serial, or the end of its key. */
export function markOf(node: Node): string {
  if (node.serial) return node.serial
  if (node.lot) return node.lot
  const end = node.key.split('/').at(-1) ?? node.key
  return decodeURIComponent(end)
}

export function holderWord(holder: Holder | undefined): string {
  return holder ? (holder.title ?? `未登记的地点 ${holder.id.split('/').at(-1)}`) : ''
}

/** A decimal and its unit as people write it. */
export function amountWord(
  { quantity, uom }: { quantity?: string; uom?: string },
  units: Record<string, string>,
): string {
  if (!quantity) return ''
  const grouped = quantity.replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','))
  return `${grouped} ${uom ? (units[uom] ?? uom) : '件'}`
}

/** All nodes that flowed into `key` or that it flowed into, itself included. */
export function relatives(edges: readonly Edge[], key: string): ReadonlySet<string> {
  const found = new Set([key])
  for (const [near, far] of [
    ['to', 'from'],
    ['from', 'to'],
  ] as const) {
    const byNear = Map.groupBy(edges, (edge) => edge[near])
    const queue = [key]
    const seen = new Set(queue)
    for (let next = queue.pop(); next !== undefined; next = queue.pop())
      for (const edge of byNear.get(next) ?? []) {
        if (seen.has(edge[far])) continue
        seen.add(edge[far])
        found.add(edge[far])
        queue.push(edge[far])
      }
  }
  return found
}

/** Adds decimals of at most six places, which is what the server sends, without the errors of floating point. */
function sumOf(quantities: readonly string[]): string {
  const millionths = quantities.reduce((total, quantity) => {
    const [whole = '0', part = ''] = quantity.split('.')
    return total + BigInt(whole + part.padEnd(6, '0'))
  }, 0n)
  const digits = String(millionths).padStart(7, '0')
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/\.?0+$/, '')
}

/** Goods as a person counts them: single pieces and cases of one lot together, whatever each is called. */
export function pooled<Good extends Quantity & { lot?: string }>(goods: readonly Good[]): Good[] {
  const alike = Map.groupBy(goods, ({ name, lot, uom }) => JSON.stringify([name, lot, uom]))
  return [...alike.values()].map((group) => {
    return { ...(group[0] as Good), quantity: sumOf(group.map(({ quantity }) => quantity)) }
  })
}

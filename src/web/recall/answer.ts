import type { Goods } from '../../areas/response/operations/wire.ts'
import type { Catalogue } from '../shell/row.ts'
import type { Quantity } from '../trace/answer.ts'

export const taskWords: Readonly<Record<string, string>> = {
  notified: '待确认',
  acknowledged: '已确认',
  reported: '已报告',
  verified: '已核实',
}

/** The operations of recall that this user has, and the kinds that they speak of, by what their declarations say. */
export function recallParts({ operations, kinds }: Catalogue) {
  const of = (name: string) => operations.find((operation) => operation.name === name)
  const progress = of('recall-progress')
  const order = progress?.fields.order
  const orderKind = order?.type === 'reference' ? kinds.find((kind) => kind.name === order.to) : undefined
  const taskKind = kinds.find(({ fields }) => {
    const { recall, holder } = fields
    return recall?.type === 'reference' && recall.to === orderKind?.name && holder !== undefined
  })
  return { preview: of('preview-recall'), start: of('start-recall'), progress, orderKind, taskKind }
}

/** Amounts alike in name and unit, put together. */
export function together(goods: readonly Goods[]): (Quantity & { lots: number })[] {
  const heaps = new Map<string, Quantity & { lots: number; total: number }>()
  for (const each of goods) {
    const id = `${each.gtin ?? each.name ?? each.key} ${each.uom ?? ''}`
    const heap = heaps.get(id) ?? { ...each, quantity: '0', lots: 0, total: 0 }
    heap.total += Number(each.quantity)
    heap.lots++
    heaps.set(id, heap)
  }
  return [...heaps.values()].map(({ total, ...heap }) => ({ ...heap, quantity: String(Math.round(total * 1e6) / 1e6) }))
}

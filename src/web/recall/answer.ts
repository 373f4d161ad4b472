import type { Catalogue } from '../shell/row.ts'
import type { Holder, Quantity } from '../trace/answer.ts'

/** The parts of the server's answers about a recall (src/areas/response/operations). No `uom`: pieces. */
export type Goods = { key: string; gtin?: string; lot?: string; name?: string; quantity: string; uom?: string }

export type Clock = { startBy: string; acknowledgeBy: string; finishBy: string }

export type Scope = {
  asOf: string
  starts: string[]
  lots: (Goods & { made: string })[]
  mixes: string[]
  holders: (Holder & { goods: Goods[]; sold: Goods[] })[]
  hidden: number
  truncated: boolean
  /** Missing in what was reckoned before it was asked for. */
  unconfirmed?: { reporter: string; events: number; latest: string }[]
}

export type Preview = Scope & { mode: Mode; goodsToHold: number; clock: Clock }

export type Mode = 'real' | 'drill'

type Amount = { value: string; unit: string }
export type Effect = { unit: string; involved: string; returned: string; destroyed: string; lost: string; rate: string }

export type HolderProgress = {
  task: string
  holder: string
  title: string
  region: string
  state: string
  sentAt: string
  dueAt: string
  acknowledgedAt?: string
  isLate: boolean
  contact?: string
  report?: string
  lines: { name: string; lot?: string; involved?: Amount; returned?: Amount; destroyed?: Amount; lost?: Amount }[]
  effect: Effect[]
}

export type Progress = {
  asOf: string
  order: string
  number: string
  mode: Mode
  state: string
  level: string
  reason: string
  measures: string
  decidedAt: string
  subject: string
  ownerTitle: string
  holders: HolderProgress[]
  unreached: { id: string; title?: string }[]
  acknowledged: number
  late: number
  effect: Effect[]
  breaches: { key: string; eventId: string; eventTime: string }[]
  scope: Scope
}

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

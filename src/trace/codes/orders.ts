import type { ISql } from 'postgres'
import { Failure, invalid, type Problem } from '../../failure.ts'
import { buildDigitalLink } from '../../standards/digital-link/index.ts'
import { gtin14, isLot } from '../../standards/gs1/index.ts'
import { INDEX_LIMIT } from './permutation.ts'

/** A range of a product's codes, printed on one lot. */
export type CodeOrder = {
  id: string
  ownerId: string
  gtin: string
  lot: string
  firstIndex: number
  quantity: number
  keyVersion: number
  issuedAt: Date
} & OrderTerms

/** What an order is for: bags or cases, whether a code counts before it was activated, and where the goods may be sold. */
export type OrderTerms = { level: 'unit' | 'case'; needsActivation: boolean; market?: string }

export type OrderRequest = {
  /** Made by the client: the same request sent twice is one order. */
  id: string
  ownerId: string
  actorId: string
  gtin: string
  lot: string
  quantity: number
  at: Date
} & Partial<OrderTerms>

export const QUANTITY_LIMIT = 100_000_000

type OrderRow = {
  id: string
  ownerId: string
  gtin: string
  lot: string
  firstIndex: string
  quantity: string
  keyVersion: number
  issuedAt: Date
  level: 'unit' | 'case'
  needsActivation: boolean
  market: string | null
}

const orderOfRow = ({ market, ...row }: OrderRow): CodeOrder => ({
  ...row,
  ...(market && { market }),
  firstIndex: Number(row.firstIndex),
  quantity: Number(row.quantity),
})

/**
 * Gives the owner the next `quantity` codes of a GTIN for a lot. The GTIN belongs to whoever ordered first: another
 * owner is refused (409 gtin-of-another). The same id with the same content returns the order it made before; with
 * other content it is refused (409 order-differs).
 */
export async function issueCodes(tx: ISql, request: OrderRequest): Promise<CodeOrder> {
  const gtin = gtin14(request.gtin, '/gtin')
  const problems = [
    ...(gtin.ok ? [] : gtin.problems),
    ...lotProblems(request.lot),
    ...quantityProblems(request.quantity),
  ]
  if (request.market !== undefined && !/^[0-9]{2}([0-9]{2}){0,2}$/.test(request.market))
    problems.push({ at: '/market', code: 'market', text: '销售区域应为 2、4 或 6 位行政区划代码' })
  if (!gtin.ok || problems.length > 0) throw invalid(problems)
  return issue(tx, { ...request, gtin: gtin.value })
}

async function issue(tx: ISql, request: OrderRequest): Promise<CodeOrder> {
  const before = await orderOf(tx, request.ownerId, request.id)
  if (before !== undefined) return sameOrder(before, request)
  const rows = await tx<OrderRow[]>`
    with taken as (
      insert into code_gtin as g (gtin, owner_id, next_index)
      values (${request.gtin}, ${request.ownerId}, ${request.quantity})
      on conflict (gtin) do update set next_index = g.next_index + excluded.next_index
        where g.owner_id = excluded.owner_id and g.next_index + excluded.next_index <= ${INDEX_LIMIT}
      returning next_index
    )
    insert into code_order (owner_id, id, gtin, lot, lot_key, first_index, quantity, issued_at, issued_by, level,
      needs_activation, market)
    select ${request.ownerId}, ${request.id}, ${request.gtin}, ${request.lot}, ${lotKey(request.gtin, request.lot)},
      next_index - ${request.quantity}::bigint,
      ${request.quantity}, ${request.at}, ${request.actorId}, ${request.level ?? 'unit'},
      ${request.needsActivation ?? false}, ${request.market ?? null} from taken
    on conflict (owner_id, id) do nothing
    returning id, owner_id as "ownerId", gtin, lot, first_index as "firstIndex", quantity,
      key_version as "keyVersion", issued_at as "issuedAt", level, needs_activation as "needsActivation", market`
  const row = rows[0]
  if (row !== undefined) return orderOfRow(row)
  // Nothing written: the same id arrived a moment ago on another connection, or the GTIN cannot be had.
  const meanwhile = await orderOf(tx, request.ownerId, request.id)
  if (meanwhile !== undefined) return sameOrder(meanwhile, request)
  const [holder] = await tx`select owner_id = ${request.ownerId} as mine from code_gtin where gtin = ${request.gtin}`
  if (holder?.mine === true) throw new Failure(409, 'codes-exhausted', '这个商品条码的追溯码已经全部发完')
  throw new Failure(409, 'gtin-of-another', '这个商品条码已由另一家企业使用，请核对 GTIN', {
    problems: [{ at: '/gtin', code: 'gtin-of-another', text: '商品条码已由另一家企业使用' }],
  })
}

/** One order of an owner, or undefined. Only its owner may see an order: its codes are as good as the printed bags. */
export async function orderOf(tx: ISql, ownerId: string, id: string): Promise<CodeOrder | undefined> {
  const rows = await tx<OrderRow[]>`
    select id, owner_id as "ownerId", gtin, lot, first_index as "firstIndex", quantity, key_version as "keyVersion",
      issued_at as "issuedAt", level, needs_activation as "needsActivation", market from code_order where owner_id = ${ownerId} and id = ${id}`
  return rows[0] && orderOfRow(rows[0])
}

/** The newest orders of an owner, at most 200. */
export async function ordersOf(tx: ISql, ownerId: string): Promise<CodeOrder[]> {
  const rows = await tx<OrderRow[]>`
    select id, owner_id as "ownerId", gtin, lot, first_index as "firstIndex", quantity, key_version as "keyVersion",
      issued_at as "issuedAt", level, needs_activation as "needsActivation", market from code_order where owner_id = ${ownerId} order by issued_at desc, id desc limit 200`
  return rows.map(orderOfRow)
}

/** The order that holds an index of a GTIN, or undefined where the index was never issued. */
export async function orderAt(tx: ISql, gtin: string, index: number): Promise<CodeOrder | undefined> {
  const rows = await tx<OrderRow[]>`
    select o.id, o.owner_id as "ownerId", o.gtin, o.lot, o.first_index as "firstIndex", o.quantity,
      o.key_version as "keyVersion", o.issued_at as "issuedAt", o.level, o.needs_activation as "needsActivation",
      o.market
    from code_gtin g cross join lateral (
      select * from code_order o where o.owner_id = g.owner_id and o.gtin = g.gtin and o.first_index <= ${index}
      order by o.first_index desc limit 1
    ) o
    where g.gtin = ${gtin} and ${index} < o.first_index + o.quantity`
  return rows[0] && orderOfRow(rows[0])
}

function sameOrder(order: CodeOrder, request: OrderRequest): CodeOrder {
  const same = order.gtin === request.gtin && order.lot === request.lot && order.quantity === request.quantity
  if (!same) throw new Failure(409, 'order-differs', '这个订单号已经用过，内容不同；请用新的订单号')
  return order
}

/** The canonical key of a lot. */
export function lotKey(gtin: string, lot: string): string {
  return buildDigitalLink({ ai: '01', value: gtin, qualifiers: [{ ai: '10', value: lot }] })
}

/** The product and serial that a canonical key names; undefined where it is no single thing's. */
export function serialOf(key: string): { gtin: string; serial: string } | undefined {
  const [, gtin, serial] = /\/01\/(\d{14})\/21\/([^/]+)$/.exec(key) ?? []
  return gtin && serial ? { gtin, serial: decodeURIComponent(serial) } : undefined
}

function lotProblems(lot: string): Problem[] {
  // Browsers take `.` and `..` out of a path, so a link with such a lot would lead elsewhere.
  if (isLot(lot) && !/^\.{1,2}$/.test(lot)) return []
  return [{ at: '/lot', code: 'lot', text: '批号应为 1 至 20 位字母、数字或常用符号，不能有汉字和空格' }]
}

function quantityProblems(quantity: number): Problem[] {
  if (Number.isSafeInteger(quantity) && quantity >= 1 && quantity <= QUANTITY_LIMIT) return []
  return [{ at: '/quantity', code: 'quantity', text: '数量应为 1 至 100,000,000 的整数' }]
}

import type { ISql } from 'postgres'
import { Failure, invalid } from '../../failure.ts'
import type { CodeOrder } from './orders.ts'

export type MarkKind = 'printed' | 'activated' | 'voided'

/** A part of an order (0-based first) to which something happened. */
export type Mark = { what: MarkKind; first: number; count: number; reason?: string; at: Date }

type MarkRequest = Omit<Mark, 'at'> & { order: CodeOrder; at: Date; actorId: string }

/**
 * Notes that codes of an order were printed, activated or voided; a range is one row. Throws 400 where the range leaves
 * the order, 409 where something voided would be activated: a voided code never comes back.
 */
export async function markCodes(tx: ISql, { order, what, first, count, reason, at, actorId }: MarkRequest) {
  if (
    !Number.isSafeInteger(first) ||
    !Number.isSafeInteger(count) ||
    first < 0 ||
    count < 1 ||
    first + count > order.quantity
  )
    throw invalid([
      { at: '/from', code: 'out-of-range', text: `这个订单有 ${order.quantity} 个码，序号从 1 到 ${order.quantity}` },
    ])
  if (what === 'voided' && !reason) throw invalid([{ at: '/reason', code: 'missing', text: '作废须写明原因' }])
  if (what === 'activated') {
    const [dead] = await tx<{ first: string; count: string }[]>`
      select first, count from code_mark where owner_id = ${order.ownerId} and order_id = ${order.id} and what = 'voided'
        and first < ${first + count} and first + count > ${first}
      order by first limit 1`
    if (dead) {
      const [from, to] = [Number(dead.first) + 1, Number(dead.first) + Number(dead.count)]
      throw new Failure(409, 'code-void', `其中第 ${from} 至 ${to} 个已经作废，不能再激活，请分段登记`)
    }
  }
  await tx`insert into code_mark (owner_id, order_id, what, first, count, reason, at, by_account)
    values (${order.ownerId}, ${order.id}, ${what}, ${first}, ${count}, ${reason ?? null}, ${at}, ${actorId})`
}

/** What happened to an order's codes, oldest first. */
export async function marksOf(tx: ISql, order: CodeOrder): Promise<Mark[]> {
  const rows = await tx<{ what: MarkKind; first: string; count: string; reason: string | null; at: Date }[]>`
    select what, first, count, reason, at from code_mark
    where owner_id = ${order.ownerId} and order_id = ${order.id} order by id limit 10000`
  return rows.map(({ reason, ...row }) => ({
    ...row,
    first: Number(row.first),
    count: Number(row.count),
    ...(reason && { reason }),
  }))
}

type Range = readonly [from: number, to: number]

/** Ranges put together: in order, none touching another. */
export function union(ranges: readonly Range[]): Range[] {
  const merged: [number, number][] = []
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}

const size = (ranges: readonly Range[]) => union(ranges).reduce((sum, [from, to]) => sum + to - from, 0)

/** How an order's codes are accounted for. `unaccounted`: handed out for printing, and since then neither activated, voided nor ever seen. */
export type CodeAccount = {
  ordered: number
  printed: number
  activated: number
  voided: number
  /** Different codes that shoppers or traders looked at. */
  scanned: number
  /** True where more codes of the product were looked at than are counted here. */
  scannedAtLeast: boolean
  unaccounted: number
}

/** The account of an order from its marks and the places in it of the codes that were looked at. */
export function accountOf(
  order: Pick<CodeOrder, 'quantity'>,
  marks: readonly Mark[],
  scanned: readonly number[],
  scannedAtLeast = false,
): CodeAccount {
  const of = (...kinds: MarkKind[]): Range[] =>
    marks.filter(({ what }) => kinds.includes(what)).map(({ first, count }) => [first, first + count])
  const seen: Range[] = scanned.map((index) => [index, index + 1])
  const settled = [...of('activated', 'voided'), ...seen]
  return {
    ordered: order.quantity,
    printed: size(of('printed')),
    activated: size(of('activated')),
    voided: size(of('voided')),
    scanned: size(seen),
    scannedAtLeast,
    unaccounted: size([...of('printed'), ...settled]) - size(settled),
  }
}

/** Looked-at codes of a product that are read for one account. */
const scannedMax = 100_000

/** The places within an order of those of its codes that were looked at. */
export async function scannedOf(
  tx: ISql,
  order: CodeOrder,
  indexesOf: (gtin: string, serial: string) => { index: number; keyVersion: number }[],
): Promise<{ indexes: number[]; atLeast: boolean }> {
  const stem = `https://id.gs1.org/01/${order.gtin}/21/`
  const rows = await tx<{ id: string }[]>`
    select id from code_scan where id >= ${stem} and id < ${`${stem}\u{10ffff}`} limit ${scannedMax}`
  const indexes = rows.flatMap(({ id }) =>
    indexesOf(order.gtin, decodeURIComponent(id.slice(stem.length))).flatMap(({ index, keyVersion }) => {
      const place = index - order.firstIndex
      return keyVersion === order.keyVersion && place >= 0 && place < order.quantity ? [place] : []
    }),
  )
  return { indexes, atLeast: rows.length === scannedMax }
}

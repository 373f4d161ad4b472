import type { ISql } from 'postgres'
import { Failure, invalid } from '../../failure.ts'
import { checkDigit } from '../../standards/gs1/index.ts'

/** A run of SSCCs for pallets, one after another within a company prefix. */
export type SsccOrder = { id: string; prefix: string; firstReference: number; quantity: number; issuedAt: Date }

const QUANTITY_LIMIT = 100_000

/**
 * Gives the owner the next SSCCs of a company prefix (GS1 General Specifications, 3.2.2: extension digit, prefix,
 * reference, check digit; never again within a year: here never again). The prefix belongs to whoever took it first.
 */
export async function issueSsccs(
  tx: ISql,
  request: { id: string; ownerId: string; actorId: string; prefix: string; quantity: number; at: Date },
): Promise<SsccOrder> {
  const { id, ownerId, prefix, quantity } = request
  if (!/^\d{6,12}$/.test(prefix))
    throw invalid([{ at: '/prefix', code: 'prefix', text: '厂商识别代码应为 6 到 12 位数字' }])
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > QUANTITY_LIMIT)
    throw invalid([{ at: '/quantity', code: 'quantity', text: `数量应为 1 至 ${QUANTITY_LIMIT} 的整数` }])
  const known = await ssccOrderOf(tx, ownerId, id)
  if (known) return known
  const limit = 10 ** (17 - prefix.length)
  const [row] = await tx<{ first: string }[]>`
    insert into sscc_prefix as p (prefix, owner_id, next_reference) values (${prefix}, ${ownerId}, ${quantity})
    on conflict (prefix) do update set next_reference = p.next_reference + excluded.next_reference
      where p.owner_id = excluded.owner_id and p.next_reference + excluded.next_reference <= ${limit}
    returning next_reference - ${quantity}::bigint as first`
  if (!row) throw new Failure(409, 'prefix-of-another', '这个厂商识别代码已由另一家企业使用，或序列已经用完')
  await tx`insert into sscc_order (owner_id, id, prefix, first_reference, quantity, issued_at, issued_by)
    values (${ownerId}, ${id}, ${prefix}, ${row.first}, ${quantity}, ${request.at}, ${request.actorId})`
  return { id, prefix, firstReference: Number(row.first), quantity, issuedAt: request.at }
}

export async function ssccOrderOf(tx: ISql, ownerId: string, id: string): Promise<SsccOrder | undefined> {
  const [row] = await tx<(Omit<SsccOrder, 'firstReference'> & { firstReference: string })[]>`
    select id, prefix, first_reference as "firstReference", quantity, issued_at as "issuedAt"
    from sscc_order where owner_id = ${ownerId} and id = ${id}`
  return row && { ...row, firstReference: Number(row.firstReference) }
}

export async function ssccOrdersOf(tx: ISql, ownerId: string): Promise<SsccOrder[]> {
  const rows = await tx<(Omit<SsccOrder, 'firstReference'> & { firstReference: string })[]>`
    select id, prefix, first_reference as "firstReference", quantity, issued_at as "issuedAt"
    from sscc_order where owner_id = ${ownerId} order by issued_at desc, id desc limit 200`
  return rows.map((row) => ({ ...row, firstReference: Number(row.firstReference) }))
}

/** The SSCCs of an order: the first digit of the reference is the extension digit. */
export function* ssccsOf({ prefix, firstReference, quantity }: SsccOrder): Generator<string> {
  const width = 17 - prefix.length
  for (let n = 0; n < quantity; n++) {
    const reference = String(firstReference + n).padStart(width, '0')
    const body = reference.charAt(0) + prefix + reference.slice(1)
    yield body + checkDigit(body)
  }
}

import type { ISql } from 'postgres'
import { Failure, invalid, type Problem } from '../../failure.ts'
import { gtin14, isLot } from '../../standards/gs1/index.ts'
import type { CodeRange, KnownRange } from './wire.ts'

const RANGES_LIMIT = 10_000

/**
 * Takes in codes of another system, all or none: ranges, or single codes (width 0). From then on they are known to be
 * genuine, and lead to their lot. Throws 400 naming each bad one, 409 where one overlaps a range that is there or the
 * product is another owner's. How many were new: the same id again is the same range.
 */
export async function importRanges(
  tx: ISql,
  { ownerId, actorId, ranges, at }: { ownerId: string; actorId: string; ranges: readonly CodeRange[]; at: Date },
): Promise<number> {
  if (ranges.length === 0 || ranges.length > RANGES_LIMIT)
    throw invalid([{ at: '/ranges', code: 'out-of-range', text: `一次导入 1 到 ${RANGES_LIMIT} 个号段` }])
  const problems = ranges.flatMap(problemsOf)
  if (problems.length > 0) throw invalid(problems.slice(0, 100))
  const gtins = [...new Set(ranges.map(({ gtin }) => gtin.padStart(14, '0')))]
  const [foreign] = await tx<{ gtin: string }[]>`
    select gtin from code_gtin where gtin = any(${gtins}::text[]) and owner_id <> ${ownerId}
    union all select gtin from code_range where gtin = any(${gtins}::text[]) and owner_id <> ${ownerId} limit 1`
  if (foreign) throw new Failure(409, 'gtin-of-another', `商品条码 ${foreign.gtin} 已由另一家企业使用，请核对`)
  const column = <T>(pick: (range: CodeRange) => T) => ranges.map(pick)
  const rows = await tx`
    insert into code_range (owner_id, id, gtin, lot, prefix, width, first, last, source, at, by_account)
    select ${ownerId}, u.*, ${at}, ${actorId} from unnest(${column((r) => r.id)}::uuid[],
      ${column((r) => r.gtin.padStart(14, '0'))}::text[], ${column((r) => r.lot)}::text[],
      ${column((r) => r.prefix)}::text[], ${column((r) => r.width)}::smallint[], ${column((r) => r.first)}::bigint[],
      ${column((r) => r.last)}::bigint[], ${column((r) => r.source)}::text[]) u
    on conflict (owner_id, id) do nothing returning id`
  const [overlap] = await tx<{ prefix: string }[]>`
    select a.prefix from code_range a join code_range b on b.gtin = a.gtin and b.prefix = a.prefix and b.width = a.width
      and b.id <> a.id and b.first <= a.last and b.last >= a.first
    where a.owner_id = ${ownerId} and a.id = any(${rows.map(({ id }) => id as string)}::uuid[]) limit 1`
  if (overlap)
    throw new Failure(409, 'range-overlaps', `号段“${overlap.prefix}”与已有的号段重叠，同一个码不能属于两个批次`)
  return rows.length
}

function problemsOf({ gtin, lot, prefix, width, first, last, source }: CodeRange, place: number): Problem[] {
  const at = (field: string) => `/ranges/${place}/${field}`
  const read = gtin14(gtin, at('gtin'))
  const problems: Problem[] = read.ok ? [] : [...read.problems]
  const bad = (field: string, text: string) => problems.push({ at: at(field), code: field, text })
  if (!isLot(lot)) bad('lot', '批号应为 1 至 20 位字母、数字或常用符号')
  if (!/^[!-~]{0,20}$/.test(prefix)) bad('prefix', '前缀最多 20 位，不能有汉字和空格')
  if (!Number.isInteger(width) || width < 0 || width > 15 || prefix.length + width < 1 || prefix.length + width > 20)
    bad('width', '号码位数应为 0 到 15，连同前缀不超过 20 位')
  if (!Number.isSafeInteger(first) || first < 0) bad('first', '起始号应为非负整数')
  if (!Number.isSafeInteger(last) || last < first || String(last).length > Math.max(width, 1))
    bad('last', '结束号不能小于起始号，也不能超出位数')
  if (width === 0 && (first !== 0 || last !== 0)) bad('last', '单个码没有起止号，都填 0')
  if (source.trim() === '' || source.length > 80) bad('source', '请写明是谁赋的码（80 字以内）')
  return problems
}

/** The newest ranges of an owner, at most 200. */
export async function rangesOf(tx: ISql, ownerId: string): Promise<KnownRange<Date>[]> {
  const rows = await tx<(Omit<KnownRange<Date>, 'first' | 'last'> & { first: string; last: string })[]>`
    select id, gtin, lot, prefix, width, first, last, source, at from code_range
    where owner_id = ${ownerId} order by at desc, id desc limit 200`
  return rows.map((row) => ({ ...row, first: Number(row.first), last: Number(row.last) }))
}

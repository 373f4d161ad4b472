import type { ISql } from 'postgres'
import { uuidv7 } from '../../../platform/id.ts'

const words: Readonly<Record<string, string>> = {
  speed: '同一个码先后在相距很远的两地被查',
  places: '同一个码在多地被查',
  scans: '同一个码被查次数异常多',
  inactive: '没有激活的码被查到',
  void: '已作废的码被查到',
  consumed: '已停用或销毁的商品的码被查到',
  market: '商品在限定的销售区域之外出现',
}

/** The maker's own file, to which the notice leads. */
const kind = 'subject'

/** Told by the clock: what speaks for copied codes, put before their owner and its authorities; many alike are one notice. */
export async function tellSignals(sql: ISql, now: Date): Promise<void> {
  const told = await sql<
    { gtin: string; lot: string | null; reason: string; owner: string; region: string; codes: string[] }[]
  >`
    with taken as (
      update code_signal set told_at = ${now}
      where (id, reason) in (select id, reason from code_signal where told_at is null order by at limit 500)
      returning id, reason, gtin, lot, owner_id
    )
    select t.gtin, t.lot, t.reason, t.owner_id as owner, o.region, array_agg(t.id order by t.id) as codes
    from taken t join owner o on o.id = t.owner_id group by 1, 2, 3, 4, 5`
  for (const { gtin, lot, reason, owner, region, codes } of told) {
    const more = codes.length > 1 ? `，共 ${codes.length} 个码` : ''
    await sql`insert into notice (owner_id, id, level, title, detail, kind, record_id, region, at)
      values (${owner}, ${uuidv7(now.getTime())}, 'warn', ${`疑似仿冒：${words[reason] ?? reason}${more}`},
        ${`商品 ${gtin}${lot ? `，批号 ${lot}` : ''}：${codes
          .slice(0, 3)
          .map((id) => id.split('/').at(-1))
          .join('、')}`.slice(0, 500)},
        ${kind}, ${owner}, ${region}, ${now})`
  }
}

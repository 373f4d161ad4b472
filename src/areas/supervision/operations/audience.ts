import type { ISql } from 'postgres'
import { legalDay } from '../../../standards/china/index.ts'

/**
 * Whether the announcement `n` is for the account `a` of the owner `o`: by the publisher's own region, the area that it
 * chose, and what the owner is. A publisher is not told of its own.
 */
export const isFor = (sql: ISql) => sql`(
  a.role in ('city', 'county', 'enterprise') and a.disabled_at is null and a.confirmed_at is not null
  and a.owner_id <> n.owner_id
  and case n.region when n.city then left(o.region, 4) || '00' = n.city else o.region = n.region end
  and (n.area is null or n.area = n.city or n.area = o.region)
  and case n.audience
    when 'everyone' then true
    when 'regulators' then a.role <> 'enterprise'
    when 'enterprises' then a.role = 'enterprise'
    when 'merchants' then exists (select from merchant m where m.owner_id = o.id and m.id = o.id and m.state <> 'void')
    else exists (select from subject s
      where s.owner_id = o.id and s.id = o.id and s.activity = n.audience and s.state <> 'void') end)`

/** Whether the announcement `n` is out and holds on the legal day. */
export const isInForce = (sql: ISql, now: Date) => sql`(n.state = 'issued' and n.holds <= ${legalDay(now)}::date
  and (n.holds_until is null or n.holds_until >= ${legalDay(now)}::date))`

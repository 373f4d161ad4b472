import type { Fragment, ISql } from 'postgres'
import { foodClasses } from '../../standards/china/index.ts'
import type { LookAnalysis, LookedAt } from './wire.ts'

const productsMax = 500
const placesMax = 2000

/**
 * Analyses shoppers' looks of legal days `from` to `to` (both counted) at the products of owners that `reach` lets through
 * (a condition on `o`, the owner). Products and places are the most looked at, so many at most.
 */
export async function analyseLooks(
  tx: ISql,
  reach: Fragment,
  { from, to }: { from: string; to: string },
): Promise<LookAnalysis> {
  const looked = tx`
    (select g.gtin, o.id as owner_id, o.title, o.region
      from (select distinct gtin from code_look_day where day between ${from} and ${to}) g
      join owner o on o.id = owner_of_gtin(g.gtin) where ${reach})`
  const days = await tx<LookAnalysis['days']>`
    select d.day::text as day, sum(d.looks)::float as looks, sum(d.firsts)::float as firsts
    from ${looked} p join code_look_day d using (gtin) where d.day between ${from} and ${to} group by 1 order by 1`
  const channels = await tx<LookAnalysis['channels']>`
    select d.channel, sum(d.looks)::float as looks
    from ${looked} p join code_look_day d using (gtin) where d.day between ${from} and ${to} group by 1 order by 2 desc`
  const products = await tx<LookedAt[]>`
    select p.gtin, f.filing ->> 'name' as name, f.filing ->> 'foodClass' as "foodClass", p.title as owner,
      (select s.activity from subject s where s.owner_id = p.owner_id limit 1) as activity, p.region,
      l.looks, l.before, l."lastYear", l.firsts, l.seen,
      (select coalesce(sum(c.quantity), 0)::float from code_order c where c.owner_id = p.owner_id and c.gtin = p.gtin) as codes
    from ${looked} p cross join lateral (
      select sum(d.looks) filter (where d.day between ${from} and ${to})::float as looks,
        coalesce(sum(d.looks) filter (where d.day between ${from}::date - (${to}::date - ${from}::date + 1)
          and ${from}::date - 1), 0)::float as before,
        coalesce(sum(d.looks) filter (where d.day between (${from}::date - interval '1 year')::date
          and (${to}::date - interval '1 year')::date), 0)::float as "lastYear",
        sum(d.firsts) filter (where d.day between ${from} and ${to})::float as firsts, sum(d.firsts)::float as seen
      from code_look_day d where d.gtin = p.gtin) l
    cross join lateral (select filed_product(p.gtin) as filing) f
    order by l.looks desc, p.gtin limit ${productsMax}`
  const places = await tx<LookAnalysis['places']>`
    select round(c.lng, 1)::float as lng, round(c.lat, 1)::float as lat, count(*)::float as looks
    from code_look c join ${looked} p on p.gtin = substring(c.id from '/01/([0-9]{14})/')
    where c.by = 'shopper' and c.lng is not null
      and c.at >= (${from}::date::timestamp at time zone 'Asia/Shanghai')
      and c.at < ((${to}::date + 1)::timestamp at time zone 'Asia/Shanghai')
    group by 1, 2 order by 3 desc limit ${placesMax}`
  const named = products.map((product) => {
    const { foodClass } = product
    return { ...product, foodClass: foodClass && `${foodClass} ${foodClasses.get(foodClass) ?? ''}`.trim() }
  })
  return { days: [...days], channels: [...channels], products: named, places: [...places] }
}

import type { Sql } from 'postgres'
import { createAuthority } from '../src/platform/access/accounts.ts'

export const counties = [
  '450202',
  '450203',
  '450204',
  '450205',
  '450206',
  '450222',
  '450223',
  '450224',
  '450225',
  '450226',
]

/** Fills the table of morning checks by SQL alone: rows like those that the door writes, over owners and three years. */
export async function fillChecks(sql: Sql, rows: number, owners: number): Promise<void> {
  for (let i = 0; i < owners; i++) await createAuthority(sql, `bench ${i}`, counties[i % counties.length] as string)
  await sql`alter table morning_check disable trigger all`
  await sql.unsafe(`
    insert into morning_check (owner_id, id, region, day, checked_at, hands,
      result, measure, checker, created_at, updated_at)
    select o.id, gen_random_uuid(), o.region, date '2024-01-01' + (g / 100 % 1000), now() - interval '1 hour',
      case when g % 31 = 0 then 'not-clean' else 'clean' end,
      case when g % 97 = 0 then 'unfit' else 'fit' end, case when g % 97 = 0 then '回家' end, '示例安全员', now(), now()
    from generate_series(0, ${rows - 1}) g
    join (select id, region, row_number() over (order by id) - 1 as n from owner where title like 'bench%') o on o.n = g % ${owners}`)
  await sql`alter table morning_check enable trigger all`
  await sql`vacuum analyze morning_check`
}

/** Ten thousand receipts of an owner from a hundred suppliers. */
export async function fillReceipts(sql: Sql, owner: string): Promise<void> {
  await sql`insert into owner (id, title, region) select gen_random_uuid(), '示例供应商 ' || n, '450204' from generate_series(1, 100) n`
  await sql`alter table material_receipt disable trigger all`
  await sql`
    insert into material_receipt (owner_id, id, region, received_at, supplier, lots, receiver, created_at, updated_at)
    select ${owner}, gen_random_uuid(), '450204', timestamptz '2026-01-01' + g % 300 * interval '1 day', s.id,
      '[{"name":"示例","quantity":{"value":"2.5","unit":"KGM"}}]'::jsonb, '示例', now(), now()
    from generate_series(0, 9999) g
    join (select id, row_number() over (order by id) - 1 as n from owner where title like '示例供应商%') s on s.n = g % 100`
  await sql`alter table material_receipt enable trigger all`
  await sql`vacuum analyze material_receipt`
}

-- What an officer found about a signal of a copied code. One that turned out to be none is taken from the signals, so that the
-- shoppers' page doubts the code no longer, and stands here with the reason; the same reason is not raised again.
create table code_signal_answer (
  id text not null check (length(id) <= 120),
  reason text not null,
  gtin text not null,
  lot text,
  owner_id uuid not null,
  at timestamptz not null,
  detail jsonb not null,
  outcome text not null check (outcome in ('genuine', 'copied', 'referred')),
  remark text not null check (length(remark) between 1 and 300),
  answered_at timestamptz not null,
  answered_by uuid not null,
  answered_name text not null,
  primary key (id, reason)
);
create index code_signal_answer_own on code_signal_answer (owner_id, answered_at desc);
grant select on code_signal_answer to shisu_web;

create function answer_signal(
  p_id text, p_reason text, p_outcome text, p_remark text, p_at timestamptz, p_by uuid, p_name text
) returns boolean
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  insert into code_signal_answer as a
  select s.id, s.reason, s.gtin, s.lot, s.owner_id, s.at, s.detail, p_outcome, p_remark, p_at, p_by, p_name
  from code_signal s where s.id = p_id and s.reason = p_reason
  on conflict (id, reason) do update
  set outcome = excluded.outcome, remark = excluded.remark, answered_at = excluded.answered_at,
    answered_by = excluded.answered_by, answered_name = excluded.answered_name;
  if not found then return false; end if;
  if p_outcome = 'genuine' then
    delete from code_signal where id = p_id and reason = p_reason;
  end if;
  return true;
end $$;
revoke execute on function answer_signal from public;
grant execute on function answer_signal to shisu_web;

create or replace function note_signal(p_id text, p_reason text, p_gtin text, p_lot text, p_at timestamptz, p_detail jsonb)
returns void language sql security definer set search_path = public, pg_temp
as $$
  insert into code_signal (id, reason, gtin, lot, owner_id, at, detail)
  select p_id, p_reason, p_gtin, p_lot, o.owner_id, p_at, p_detail
  from (select owner_id from code_gtin where gtin = p_gtin
    union all select owner_id from code_range where gtin = p_gtin limit 1) o
  where not exists (
    select from code_signal_answer a where a.id = p_id and a.reason = p_reason and a.outcome = 'genuine')
  on conflict do nothing
$$;

-- Whose product a bar code is: who ordered its codes, imported its ranges or filed it, in this order.
create function owner_of_gtin(p_gtin text) returns uuid
language sql stable security definer set search_path = public, pg_temp
as $$
  select owner_id from (
    select owner_id, 1 as n from code_gtin where gtin = p_gtin
    union all (select owner_id, 2 from code_range where gtin = p_gtin limit 1)
    union all select owner_id, 3 from claim where namespace = 'product.gtin' and key = p_gtin) o order by n limit 1
$$;
revoke execute on function owner_of_gtin from public;
grant execute on function owner_of_gtin to shisu_web;

-- An analysis goes through the placed looks of a period.
create index code_look_placed on code_look (at) where by = 'shopper' and lng is not null;

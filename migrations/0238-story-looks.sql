-- What looks at codes ask for, as columns: making one JSON value of a look took as much of the database's processor as finding
-- out what stands in it. It tells what story_glances told, which stays for the release before; what nobody recorded
-- anything of has no version and no events.
create function story_looks(p_gtins text[], p_lot_keys text[], p_serial_keys text[], p_indexes bigint[], p_key_versions integer[])
returns table (ordered boolean, market text, inactive boolean, voided timestamptz, source text, signals text[],
  serial_seen boolean, lot_key text, lot text, lot_seen boolean, version text, events jsonb, scans bigint, first_at timestamptz)
language plpgsql stable security definer set search_path = public, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  return query
  select case when a.serial_key is null then exists (select from code_order o where o.lot_key = a.lot_key)
      else issued.id is not null or elsewhere.id is not null end,
    issued.market,
    issued.needs_activation and not exists (
      select from code_mark m where m.owner_id = issued.owner_id and m.order_id = issued.id and m.what = 'activated'
        and a.index - issued.first_index >= m.first and a.index - issued.first_index < m.first + m.count),
    (select m.at from code_mark m where m.owner_id = issued.owner_id and m.order_id = issued.id
      and m.what = 'voided' and a.index - issued.first_index >= m.first and a.index - issued.first_index < m.first + m.count
      order by m.id limit 1),
    elsewhere.source,
    (select array_agg(s.reason order by s.reason) from code_signal s where s.id = a.serial_key),
    seen.id is not null,
    said.lot_key,
    coalesce(case when lot.id is not null then coalesce(said.lot, lot.lot) end, issued.lot),
    lot.id is not null,
    case when coalesce(lot.id, seen.id) is not null then
    (select concat_ws('.', count(*), count(*) filter (where exists (select from event_voided v where v.event = x.event)),
      max(x.event)) from event_key x where x.key = coalesce(lot.id, seen.id)) end,
    case when seen.id is not null then (
      select case when count(*) > 0 then public_events(array_agg(x.event), array_agg(x.role), false) end
      from (select * from public_own(seen.id) union all select * from public_way(seen.id)) x) end,
    counted.scans, counted.first_at
  from unnest(p_gtins, p_lot_keys, p_serial_keys, p_indexes, p_key_versions)
    with ordinality a (gtin, lot_key, serial_key, index, key_version, nr)
  left join lateral (
    select o.* from code_gtin g cross join lateral (
      select * from code_order o where o.owner_id = g.owner_id and o.gtin = g.gtin and o.first_index <= a.index
      order by o.first_index desc limit 1
    ) o
    where g.gtin = a.gtin and a.index < o.first_index + o.quantity and o.key_version = a.key_version
    limit 1
  ) issued on true
  left join lateral (
    select r.id, r.lot, r.source from code_range r
    where a.serial_key is not null and issued.id is null and r.gtin = a.gtin
      and starts_with(split_part(a.serial_key, '/21/', 2), r.prefix)
      and length(split_part(a.serial_key, '/21/', 2)) = length(r.prefix) + r.width
      and (r.width = 0 or (substr(split_part(a.serial_key, '/21/', 2), length(r.prefix) + 1) ~ '^[0-9]+$'
        and substr(split_part(a.serial_key, '/21/', 2), length(r.prefix) + 1)::bigint between r.first and r.last))
    limit 1
  ) elsewhere on true
  left join lateral (select k.id from trace_key k where k.key = a.serial_key limit 1) named on true
  cross join lateral (select case when exists (select from event_key x where x.key = named.id) then named.id end as id offset 0) seen
  left join lateral (
    select k.key, k.lot from edge e join trace_key k on k.id = e.src where e.dst = seen.id and e.kind = 'l' limit 1
  ) told on true
  cross join lateral (
    select case when a.serial_key is null then a.lot_key else coalesce(told.key, issued.lot_key,
        case when elsewhere.lot ~ '^[0-9A-Za-z._-]+$' then 'https://id.gs1.org/01/' || a.gtin || '/10/' || elsewhere.lot end) end as lot_key,
      case when a.serial_key is null then null when told.key is not null then told.lot
        else coalesce(issued.lot, elsewhere.lot) end as lot
    offset 0
  ) said
  left join lateral (select k.id, k.lot from trace_key k where k.key = said.lot_key limit 1) lot on true
  left join lateral (select s.scans, s.first_at from code_scan s where s.id = coalesce(a.serial_key, a.lot_key) limit 1) counted on true
  order by a.nr;
end $$;
revoke execute on function story_looks from public;
grant execute on function story_looks to shisu_web, shisu_public;

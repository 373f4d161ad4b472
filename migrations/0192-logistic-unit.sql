-- What the public may know of a logistic unit: the products and lots in it now, and its own way. No quantity, no serial.
create function unit_glance(p_key text) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
  unit_id bigint;
  goods bigint[];
  events bigint[];
begin
  select id into unit_id from trace_key where key = p_key and level = 'logistic';
  if unit_id is null then return null; end if;
  with recursive inside (node, depth) as (
    select unit_id, 0
    union
    select g.src, i.depth + 1 from inside i join edge g on g.dst = i.node and g.kind = 'a'
    where i.depth < 4 and not exists (select from event_voided v where v.event = g.event)
      and not exists (
        select from edge_end x where x.parent = g.dst and x.child in (g.src, 0) and not x.partial and x.at >= g.at
          and not exists (select from event_voided v where v.event = x.event))
  ), goods_in as (select node from inside where depth > 0 limit 20000)
  select array_agg(distinct coalesce((select g.src from edge g where g.dst = s.node and g.kind = 'l' limit 1), s.node))
  into goods from goods_in s;
  events := array(
    select k.event from event_key k join event e on e.id = k.event
    where k.key = unit_id group by k.event, e.event_time order by e.event_time limit 200);
  return jsonb_build_object(
    'lots', coalesce((
      select jsonb_agg(distinct jsonb_strip_nulls(jsonb_build_object('gtin', t.gtin, 'lot', t.lot, 'name', coalesce(
        (select n.name from trace_name n where n.key = t.id order by n.event desc limit 1),
        (select n.name from trace_key c join trace_name n on n.key = c.id
          where c.key = 'https://id.gs1.org/01/' || t.gtin order by n.event desc limit 1)))))
      from trace_key t where t.id = any(goods) and t.gtin is not null), '[]'),
    'events', public_events(events, array(select 'epc' from generate_subscripts(events, 1)), false));
end $$;
revoke execute on function unit_glance from public;
grant execute on function unit_glance to shisu_web, shisu_public;

-- Containment also ends where the child or the container is destroyed: a row whose child is its own parent.
insert into edge_end (parent, child, at, partial, event)
select k.key, k.key, e.event_time, false, e.id
from event e
join event_key k on k.event = e.id and k.role = 'epc'
join trace_key t on t.id = k.key and t.level not in ('class', 'lot', 'pattern')
where e.type = 'ObjectEvent' and e.action = 'DELETE' and not e.declared;

-- Few and always at hand: the walk asks of every node whether it is a class.
create index trace_key_class on trace_key (id) where level = 'class';

-- Questions by place and step, newest first or by time.
create index event_biz_location on event (biz_location, event_time, id) where biz_location is not null;
create index event_biz_step on event (biz_step, event_time, id) where biz_step is not null;
create index event_parties on event using gin (sources, destinations, biz_transactions)
  where sources is not null or destinations is not null or biz_transactions is not null;

-- Events that name a GLN which was nobody's when they were recorded, until its owner is filed.
create table event_unclaimed (
  gln text collate "C" not null,
  event bigint not null,
  primary key (gln, event)
);
grant select, insert on event_unclaimed to shisu_web;

insert into event_unclaimed (gln, event)
select distinct g.gln, e.id
from event e
cross join lateral (
  select (regexp_matches(named.key, '/(?:414|415|417)/(\d{13})(?:/|$)')) [1] as gln
  from unnest(array[e.read_point, e.biz_location] || e.sources || e.destinations) named (key)
) g
where not exists (select from owner o where o.gln = g.gln);

-- Lets every owner whose GLN has been filed by now, and the authorities over it, see the events that named it before.
-- Returns how many events. May be called at any time and twice: what is settled is gone from the list.
create function claim_events() returns integer
language plpgsql security definer set search_path = public, pg_temp
as $$
declare
  claimed integer;
begin
  with settled as (
    delete from event_unclaimed u using owner o where o.gln = u.gln
    returning u.event, o.id as owner_id, o.region, left(o.region, 4) || '00' as city
  ), gained as (
    select s.event, array_agg(distinct s.owner_id) as owners, array_agg(distinct r.region) as regions
    from settled s cross join lateral (values (s.region), (s.city)) r (region)
    group by s.event
  ), seen as (
    update event e
    set party_ids = e.party_ids || array(select o from unnest(g.owners) o except select unnest(e.party_ids)),
      regions = e.regions || array(select r from unnest(g.regions) r except select unnest(e.regions))
    from gained g where e.id = g.event
    returning e.id
  )
  select count(*) into claimed from seen;
  return claimed;
end $$;
revoke execute on function claim_events from public;
grant execute on function claim_events to shisu_web;

-- As in 0004, but makings that several events describe together are told too.
-- What the thing was made of: the makings upstream and the materials at their ends.
create or replace function public_origin(p_key bigint) returns jsonb
language plpgsql stable
as $$
begin
  return (
  with recursive back (node, depth) as (
    select p_key, 0
    union
    select e.src, b.depth + 1
    from back b join edge e on e.dst = b.node and e.kind in ('i', 'o', 'l')
    where b.depth < 16 and not exists (select from event_voided v where v.event = e.event)
  ), some_back as (select node, min(depth) as depth from (select * from back limit 2000) b group by node),
  things as (
    select b.node, b.depth,
      (select n.name from trace_name n where n.key = b.node order by n.event desc limit 1) as name,
      exists (select from edge o where o.dst = b.node and o.kind = 'o') as made
    from some_back b where b.node > 0 and b.node <> p_key
      and exists (select from edge i where i.src = b.node and i.kind = 'i')
  ), materials as (
    select t.*, (
      select min(e.event_time) from event_key k join event e on e.id = k.event
      where k.key = t.node and e.biz_step ~ 'receiving$' and not e.declared and not exists (select from event_voided v where v.event = e.id)) as received,
    exists (
      select from event_key k join event e on e.id = k.event
      where k.key = t.node and e.biz_step ~ 'inspecting$' and e.disposition ~ '(^|[-:])conformant$' and not e.declared and not exists (select from event_voided v where v.event = e.id)
    ) as inspected,
    (select readable ->> 'originPlace' from (
      select jsonb_object_agg(substring(m.name from '[A-Za-z]+$'), m.value) as readable
      from event_key k join event e on e.id = k.event
      cross join lateral jsonb_each(case when octet_length(e.document) < 200000
        then e.document::jsonb -> 'ilmd' end) as m (name, value)
      where k.key = t.node and k.role in ('epc', 'output') and not e.declared and not exists (select from event_voided v where v.event = e.id)) r) as origin
    from things t where not t.made
    order by t.depth, t.node limit 100
  ), makings as (
    -- An act is known by what came out of it: its node is that of one event, or of several under a transformationID.
    select b.node, min(e.event_time) as event_time, string_agg(distinct t.name, '、') as makes
    from (select distinct node from some_back where node < 0) b
    join edge o on o.src = b.node and o.kind = 'o'
    join event e on e.id = o.event
    left join things t on t.node = o.dst
    where not e.declared and not exists (select from event_voided v where v.event = e.id)
    group by b.node order by 2 limit 100
  )
  select jsonb_build_object(
    'materials', coalesce((select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('name', m.name, 'received', m.received,
      'inspected', m.inspected, 'origin', m.origin)) order by m.depth desc, m.received, m.name) from materials m), '[]'),
    'makings', coalesce((select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('at', g.event_time, 'makes', g.makes))
      order by g.event_time) from makings g), '[]')));
end $$;

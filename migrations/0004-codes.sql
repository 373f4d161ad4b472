-- Trace codes: rows exist for orders and for codes that something happened to, never for codes as such.

-- The installation's secret. No application role is granted it; see src/trace/codes/keys.ts.
create table code_key (
  version smallint primary key check (version > 0),
  material bytea not null check (octet_length(material) = 32),
  created_at timestamptz not null default now()
);

-- The version that new orders use: all that an application role may learn of the keys.
create function current_code_key() returns smallint
language sql stable security definer set search_path = public, pg_temp
as $$ select max(version) from code_key $$;

-- The indexes of one GTIN are given out once, in order, and to one owner only: the serial is unique within the GTIN.
create table code_gtin (
  gtin text primary key check (gtin ~ '^[0-9]{14}$'),
  owner_id uuid not null,
  next_index bigint not null check (next_index between 0 and 17592186044416)
);

create table code_order (
  owner_id uuid not null,
  id uuid not null,
  gtin text not null references code_gtin (gtin),
  lot text not null check (length(lot) between 1 and 20),
  -- The lot's canonical key, as in trace_key.
  lot_key text not null,
  first_index bigint not null check (first_index >= 0),
  quantity bigint not null check (quantity > 0),
  key_version smallint not null default current_code_key() references code_key (version),
  issued_at timestamptz not null,
  issued_by uuid not null,
  primary key (owner_id, id),
  unique (owner_id, gtin, first_index)
);
create index code_order_lot on code_order (lot_key);

-- How often shoppers asked for a code or a lot: id is the canonical key of src/standards/gs1.
create table code_scan (
  id text primary key check (length(id) <= 120),
  first_at timestamptz not null,
  last_at timestamptz not null,
  scans bigint not null check (scans > 0)
) with (fillfactor = 70);

grant select on code_gtin, code_order to shisu_web;
grant select, insert, update on code_scan to shisu_web, shisu_public;
grant insert on code_gtin, code_order to shisu_web;
grant update (next_index) on code_gtin to shisu_web;

-- What a shopper's page may know, and nothing else: the public role reads the trace tables only through story_facts and
-- story_glance, which run as their owner. They give no quantity, price between traders, document number, identifier of
-- a person, event or order. Written in plpgsql, which keeps its plans.

create index account_owner on account (owner_id);

create function gln_of(place text) returns text
language sql immutable
as $$ select substring(place from '/41[0-9]/([0-9]{13})(?:/|$)') $$;

-- Events, each as far as the public may know it, in the order of their times. Those that stand: not the original of an
-- event whose error was declared, nor the declaration. Master data on request, since a long document is dear to read.
create function public_events(p_events bigint[], p_roles text[], p_master_data boolean) returns jsonb
language plpgsql stable
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
      'role', k.role,
      'at', e.event_time,
      'recorded', e.record_time,
      'step', e.biz_step,
      'disposition', e.disposition,
      'by', o.title,
      -- Tells whether two events have one author, and no more.
      'byId', md5(e.owner_id::text),
      'authority', (select true from account a where a.owner_id = e.owner_id and a.role in ('city', 'county') limit 1),
      'place', p.title,
      'receiver', (select r.title from unnest(e.destinations) d join owner r on r.gln = gln_of(d) limit 1),
      'ilmd', case when not p_master_data or k.role = 'container' then null
        -- An inspection speaks of a lot that exists, so its report stands in the event itself, not in master data.
        when e.biz_step ~ 'inspecting$' then (
          select jsonb_object_agg(m.name, m.value) from jsonb_each(e.document::jsonb) m (name, value)
          where m.name ~ 'inspection(Report|Standard)$')
        when strpos(e.document, '"ilmd"') > 0 then e.document::jsonb -> 'ilmd' end,
      'persistent', case when octet_length(e.document) < 20000 and strpos(e.document, '"persistentDisposition"') > 0
        then e.document::jsonb -> 'persistentDisposition' end
    )) order by e.event_time, e.id), '[]')
    from unnest(p_events, p_roles) k (event, role)
    join event e on e.id = k.event
    join owner o on o.id = e.owner_id
    left join owner p on p.gln = gln_of(coalesce(e.biz_location, e.read_point))
    where not e.declared and not exists (select from event_voided v where v.event = e.id));
end $$;

-- Events that name the key itself: those that can change a verdict first, so that the limit never hides one.
create function public_own(p_key bigint) returns table (event bigint, role text)
language plpgsql stable
as $$
begin
  return query
  select k.event, min(k.role)
  from event_key k join event e on e.id = k.event
  where k.key = p_key
  group by k.event, e.disposition, e.biz_step, e.event_time
  order by coalesce(e.disposition ~ '(recalled|non_conformant|non_sellable_other|unavailable|conformant|available|sellable)'
    or e.disposition is null or e.biz_step ~ '(commissioning|inspecting|holding|creating_class_instance)', false) desc,
    e.event_time, k.event
  limit 300;
end $$;

-- Events of the cases, pallets and lorries that the thing was in, while it was in them.
create function public_way(p_key bigint) returns table (event bigint, role text)
language plpgsql stable
as $$
begin
  return query
  with recursive held (node, since, until, depth) as (
    select p_key, '-infinity'::timestamptz, 'infinity'::timestamptz, 0
    union all
    select g.dst, greatest(g.at, h.since), least(h.until, u.until), h.depth + 1
    from held h join edge g on g.src = h.node and g.kind = 'a' and g.at < h.until
    cross join lateral (
      select coalesce(min(d.at), 'infinity') as until from edge_end d
      where d.parent = g.dst and d.child in (h.node, 0) and d.at > g.at
        and not exists (select from event_voided v where v.event = d.event)
        and (not d.partial or containment_used_up(h.node, g.dst, d.at))
    ) u
    where h.depth < 8 and u.until > h.since and not exists (select from event_voided v where v.event = g.event)
  ), some_held as (select * from held limit 200)
  select distinct k.event, 'container'
  from some_held h join event_key k on k.key = h.node join event e on e.id = k.event
  where h.depth > 0 and k.role in ('epc', 'parent') and e.event_time between h.since and h.until
    and e.type in ('ObjectEvent', 'TransactionEvent')
  limit 300;
end $$;

-- What the thing was made of: the makings upstream and the materials at their ends.
create function public_origin(p_key bigint) returns jsonb
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
    select distinct e.id, e.event_time, b.depth, (
      select string_agg(distinct t.name, '、') from edge o join things t on t.node = o.dst
      where o.src = b.node and o.kind = 'o') as makes
    from some_back b join event e on e.id = -b.node
    where b.node < 0 and not e.declared and not exists (select from event_voided v where v.event = e.id)
    order by e.event_time limit 100
  )
  select jsonb_build_object(
    'materials', coalesce((select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('name', m.name, 'received', m.received,
      'inspected', m.inspected, 'origin', m.origin)) order by m.depth desc, m.received, m.name) from materials m), '[]'),
    'makings', coalesce((select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('at', g.event_time, 'makes', g.makes))
      order by g.event_time) from makings g), '[]')));
end $$;

-- All that a lot's (or, where the lot is unknown, a serial's) page tells and that seldom changes.
create function story_facts(p_key text) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp
-- One plan by index, whatever the tables looked like when it was made.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  wanted bigint;
  sample bigint;
  events bigint[];
  roles text[];
begin
  select id into wanted from trace_key where key = p_key;
  if wanted is null then return null; end if;
  -- A lot that exists only through its serials tells of itself through one of them.
  if not exists (select from event_key where key = wanted) then
    select dst into sample from edge where src = wanted and kind = 'l' limit 1;
  end if;
  select array_agg(x.event), array_agg(x.role) into events, roles
  from (select * from public_own(coalesce(sample, wanted)) union all select * from public_way(wanted)) x;
  return jsonb_build_object(
    'events', public_events(events, roles, true),
    'origin', public_origin(coalesce(sample, wanted)));
end $$;

-- All that must be fresh on each request, in one round trip: the order behind the code, the lot's version (it changes
-- with every event that names the lot), what happened to this very thing, and how often it was asked for.
-- p_serial_key null: a lot's page. p_index: what the serial stands for under that key version, null where its check fails.
create function story_glance(p_gtin text, p_lot_key text, p_serial_key text, p_index bigint, p_key_version integer)
returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp
-- One plan by index, whatever the tables looked like when it was made.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  issued code_order;
  serial_id bigint;
  lot_id bigint;
  lot_key text := p_lot_key;
  lot_text text;
  ordered boolean;
  events bigint[];
  roles text[];
begin
  if p_index is not null then
    select o.* into issued
    from code_gtin g cross join lateral (
      select * from code_order o where o.owner_id = g.owner_id and o.gtin = g.gtin and o.first_index <= p_index
      order by o.first_index desc limit 1
    ) o
    where g.gtin = p_gtin and p_index < o.first_index + o.quantity and o.key_version = p_key_version;
  end if;
  if p_serial_key is null then
    ordered := exists (select from code_order o where o.lot_key = p_lot_key);
  else
    ordered := issued.id is not null;
    select k.id into serial_id from trace_key k
    where k.key = p_serial_key and exists (select from event_key x where x.key = k.id);
    -- What an event says of a serial's lot goes before the order that the code was printed for.
    select k.key, k.lot into lot_key, lot_text from edge e join trace_key k on k.id = e.src
    where e.dst = serial_id and e.kind = 'l' limit 1;
    if lot_key is null then
      lot_key := issued.lot_key;
      lot_text := issued.lot;
    end if;
  end if;
  if serial_id is not null then
    select array_agg(x.event), array_agg(x.role) into events, roles
    from (select * from public_own(serial_id) union all select * from public_way(serial_id)) x;
  end if;
  select k.id, coalesce(lot_text, k.lot) into lot_id, lot_text from trace_key k where k.key = lot_key;
  return jsonb_build_object(
    'ordered', ordered,
    'serialSeen', serial_id is not null,
    'lotKey', lot_key,
    'lot', coalesce(lot_text, issued.lot),
    'lotSeen', lot_id is not null,
    'version', (select concat_ws('.', count(*), count(v.event), max(x.event)) from event_key x
      left join event_voided v on v.event = x.event where x.key = coalesce(lot_id, serial_id)),
    'events', case when events is null then '[]' else public_events(events, roles, false) end,
    'scans', (select jsonb_build_object('count', s.scans, 'firstAt', s.first_at) from code_scan s
      where s.id = coalesce(p_serial_key, p_lot_key)));
end $$;

revoke execute on function current_code_key, public_events, public_own, public_way, public_origin,
  story_facts, story_glance from public;
grant execute on function current_code_key to shisu_web;
grant execute on function story_facts, story_glance to shisu_web, shisu_public;

-- The trace core: EPCIS events, the keys they speak of, and the graph derived from them.
-- Everything here is append-only for the application. The reasons are in docs/decisions/0003-trace-storage.md.
-- Ids are allocated in the order of recording, so that what was recorded together lies together. Events and keys take
-- theirs from one sequence, so that both can be nodes of one graph.
create sequence trace_id_seq;

-- One row for each thing ever named: a class, lot, serial, pallet, asset ... under its canonical key.
create table trace_key (
  id bigint primary key default nextval('trace_id_seq'),
  key text collate "C" not null unique check (length(key) <= 512),
  level text collate "C" not null,
  gtin text collate "C",
  lot text collate "C",
  serial text collate "C"
);
create index trace_key_gtin on trace_key (gtin, id) where gtin is not null;

-- JSON-LD contexts, each kept once.
create table event_context (
  id integer generated always as identity primary key,
  digest uuid not null unique,
  context text not null
);

create table capture_job (
  id uuid primary key,
  owner_id uuid not null references owner (id),
  created_at timestamptz not null,
  finished_at timestamptz,
  success boolean not null,
  error_behaviour text not null,
  stored integer not null,
  known integer not null,
  errors jsonb not null default '[]'
);
create index capture_job_owner on capture_job (owner_id, id);

create table event (
  id bigint primary key,
  -- First 16 bytes of SHA-256 of the eventID; the original and the declaration of its error share it.
  event_digest uuid not null,
  declared boolean not null,
  -- First 16 bytes of the canonical hash (of the error declaration too where there is one): equal content, equal digest.
  content_digest uuid not null,
  event_id text collate "C" not null,
  hash bytea not null,
  type text collate "C" not null,
  action text collate "C",
  event_time timestamptz not null,
  tz_offset text not null,
  record_time timestamptz not null,
  biz_step text collate "C",
  disposition text collate "C",
  read_point text collate "C",
  biz_location text collate "C",
  transformation_id text collate "C",
  -- 'type key' pairs, e.g. 'owning_party 417/6901234567892', canonical keys.
  sources text[],
  destinations text[],
  biz_transactions text[],
  -- Who may see it: the capturer and every owner whose GLN occurs; the regions (and the cities above) of all those.
  owner_id uuid not null,
  party_ids uuid[] not null,
  regions text[] not null,
  job_id uuid,
  context_id integer not null,
  document text not null
);
create unique index event_identity on event (event_digest, declared);
create unique index event_content on event (content_digest);
create index event_time on event (event_time, id);
create index event_party on event using gin (party_ids);
create index event_region on event using gin (regions);
create index event_record_time on event using brin (record_time);

create index event_declared on event (event_digest) where declared;

-- Events whose error was declared: they stay to be read, but nothing follows from them.
create table event_voided (
  event bigint primary key,
  declaration bigint not null
);

-- The same content sent again under another eventID: not another event, but found by that id, as it was sent.
create table event_alias (
  event_digest uuid not null,
  declared boolean not null,
  event_id text collate "C" not null,
  event bigint not null,
  owner_id uuid not null,
  record_time timestamptz not null,
  context_id integer not null,
  document text not null,
  primary key (event_digest, declared)
);

-- What an event speaks of. role: epc, parent, child, input, output.
create table event_key (
  event bigint not null,
  key bigint not null,
  role text collate "C" not null,
  quantity numeric(18, 6),
  uom text collate "C"
);
create index event_key_event on event_key (event);
create index event_key_key on event_key (key, event);

-- The graph, derived: goods flow from src to dst. A positive node is a trace_key; a negative node is an act of making
-- (inputs -> act -> outputs, so that 100 inputs and 10,000 outputs are 10,100 rows): that of the event of this id, or the
-- one that several events describe under a transformationID, a trace_key of level act.
-- kind: i input -> act, o act -> output, a child -> parent (aggregation), s child -> parent (association),
-- l lot -> its serial. at: the event's time.
create table edge (
  src bigint not null,
  dst bigint not null,
  kind "char" not null,
  at timestamptz not null,
  event bigint not null
);
create index edge_forward on edge (src, dst, kind, at, event);
create index edge_backward on edge (dst, src, kind, at, event);

-- Where containment ends: the child left the parent; child 0: all that was in it. An a or s edge holds from its
-- time to the first end after it, worked out when read, so that events may come late and in any order.
-- partial: a quantity of a lot was taken out, which ends the containment only where nothing is left.
create table edge_end (
  parent bigint not null,
  child bigint not null,
  at timestamptz not null,
  partial boolean not null,
  event bigint not null
);
create index edge_end_parent on edge_end (parent, child, at, partial, event);

-- Product names learnt from instance and lot master data, for classes and lots.
create table trace_name (
  key bigint not null,
  event bigint not null,
  name text not null,
  primary key (key, event)
);

grant select, insert on trace_key, event_context, capture_job, event, event_voided, event_alias, event_key, edge, edge_end, trace_name
  to shisu_web;
grant usage on sequence trace_id_seq to shisu_web;

-- Stores a document's events with their keys, links and edges in one call, and its capture job where there is one.
-- Arrays come as array literals; columns of text as one text, items parted by \x01 and '' for null (cheaper to pass).
-- Keys are numbered from 1 in `keys`, events from 1. In an edge, 0 is the act of that event, -n the act named by key n.
-- `repeats`: how many events of the document were left out as repeats within it.
-- Returns the new events' ids in the order given, 0 for an event that is already there with the same content.
-- Raises SH409 where the eventID is taken by other content (message: its number). Runs under READ COMMITTED.
create function append_events(
  capturer uuid, job uuid, behaviour text, repeats integer, started timestamptz, recorded timestamptz,
  context_digest uuid, context_text text,
  keys text, levels text, gtins text, lots text, serials text,
  event_digests uuid[], declareds boolean[], content_digests uuid[], hashes bytea[], event_times timestamptz[],
  event_ids text, types text, actions text, tz_offsets text, biz_steps text, dispositions text,
  read_points text, biz_locations text, transformation_ids text,
  sources text, destinations text, biz_transactions text, party_ids text, regions text, documents text,
  link_events integer[], link_keys integer[], link_quantities numeric[], link_roles text, link_uoms text,
  edge_events integer[], edge_srcs integer[], edge_dsts integer[], edge_kinds text,
  end_events integer[], end_parents integer[], end_children integer[], end_partials boolean[],
  name_events integer[], name_keys integer[], names text
) returns bigint[]
language plpgsql
-- The plan must stay by index whatever the tables looked like when it was made.
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
as $$
declare
  sep constant text := chr(1);
  key_texts constant text[] := string_to_array(keys, sep);
  id_texts constant text[] := string_to_array(event_ids, sep);
  has_declaration constant boolean := true = any (declareds);
  key_ids bigint[];
  ids bigint[];
  context_ref integer;
  clash integer;
  -- Looks before it inserts. Rarely needed, and inserting at once spares each row its look into each unique index.
  careful boolean := false;
begin
  select c.id into context_ref from event_context c where c.digest = context_digest;
  if context_ref is null then
    insert into event_context (digest, context) values (context_digest, context_text) on conflict do nothing;
    select c.id into context_ref from event_context c where c.digest = context_digest;
  end if;
  ids := array(select nextval('trace_id_seq') from generate_subscripts(id_texts, 1));

  for attempt in 1..10 loop
    begin
      -- A new key's id is negative until it is stored.
      key_ids := array(
        select coalesce((select k.id from trace_key k where k.key = u.key), -nextval('trace_id_seq'))
        from unnest(key_texts) with ordinality u (key, ix) order by u.ix);
      -- Sorted, so that documents with the same keys or events wait for each other in one order.
      insert into trace_key (id, key, level, gtin, lot, serial)
      select -u.id, u.key, u.level, u.gtin, u.lot, u.serial
      from unnest(key_ids, key_texts, string_to_array(levels, sep), string_to_array(gtins, sep, ''),
        string_to_array(lots, sep, ''), string_to_array(serials, sep, '')) u (id, key, level, gtin, lot, serial)
      where u.id < 0
      order by u.key;

      insert into event (id, event_digest, declared, content_digest, event_id, hash, type, action, event_time, tz_offset,
        record_time, biz_step, disposition, read_point, biz_location, transformation_id, sources, destinations,
        biz_transactions, owner_id, party_ids, regions, job_id, context_id, document)
      select u.id, u.event_digest, u.declared, u.content_digest, u.event_id, u.hash, u.type, u.action, u.event_time,
        u.tz_offset, recorded, u.biz_step, u.disposition, u.read_point, u.biz_location, u.transformation_id,
        string_to_array(u.sources, chr(2)), string_to_array(u.destinations, chr(2)),
        string_to_array(u.biz_transactions, chr(2)),
        capturer, u.party_ids::uuid[], u.regions::text[], job, context_ref, u.document
      from unnest(ids, event_digests, declareds, content_digests, hashes, event_times, id_texts,
        string_to_array(types, sep), string_to_array(actions, sep, ''), string_to_array(tz_offsets, sep),
        string_to_array(biz_steps, sep, ''), string_to_array(dispositions, sep, ''),
        string_to_array(read_points, sep, ''), string_to_array(biz_locations, sep, ''),
        string_to_array(transformation_ids, sep, ''), string_to_array(append_events.sources, sep, ''),
        string_to_array(append_events.destinations, sep, ''), string_to_array(append_events.biz_transactions, sep, ''),
        string_to_array(append_events.party_ids, sep), string_to_array(append_events.regions, sep),
        string_to_array(documents, sep))
        u (id, event_digest, declared, content_digest, hash, event_time, event_id, type, action, tz_offset, biz_step,
          disposition, read_point, biz_location, transformation_id, sources, destinations, biz_transactions, party_ids,
          regions, document)
      where not careful
        or not exists (select from event e where e.event_digest = u.event_digest and e.declared = u.declared)
        and not exists (select from event e where e.content_digest = u.content_digest)
      order by u.event_digest, u.declared;
      exit;
    exception when unique_violation then
      -- Somebody was first, with an event or with a key; what they stored can be seen now.
      careful := true;
      if attempt = 10 then raise; end if;
    end;
  end loop;
  key_ids := array(select abs(u.id) from unnest(key_ids) with ordinality u (id, ix) order by u.ix);

  -- An eventID may stand for one content only; an original and the declaration of its error share both.
  select g.ix into clash
  from generate_subscripts(ids, 1) g (ix)
  join event e on e.event_digest = event_digests[g.ix]
  where (careful or has_declaration) and e.id <> ids[g.ix]
    and (e.hash <> hashes[g.ix] or (e.declared = declareds[g.ix] and e.content_digest <> content_digests[g.ix]))
  union all
  select g.ix
  from generate_subscripts(ids, 1) g (ix)
  join event e on e.event_digest = event_digests[g.ix] and e.declared
  where e.id <> ids[g.ix] and e.hash <> hashes[g.ix]
  union all
  select g.ix
  from generate_subscripts(ids, 1) g (ix)
  join event_alias a on a.event_digest = event_digests[g.ix]
  join event e on e.id = a.event
  where e.hash <> hashes[g.ix] or (a.declared = declareds[g.ix] and e.content_digest <> content_digests[g.ix])
  order by 1 limit 1;
  if clash is not null then
    raise exception using errcode = 'SH409', message = clash::text;
  end if;

  if careful then
    ids := array(select case when exists (select from event e where e.id = g.id) then g.id else 0 end
      from unnest(ids) with ordinality g (id, ix) order by g.ix);
    insert into event_alias (event_digest, declared, event_id, event, owner_id, record_time, context_id, document)
    select event_digests[u.ix], declareds[u.ix], u.event_id, e.id, capturer, recorded, context_ref, u.document
    from unnest(id_texts, string_to_array(documents, sep)) with ordinality u (event_id, document, ix)
    join event e on e.content_digest = content_digests[u.ix]
    where ids[u.ix] = 0 and e.event_digest <> event_digests[u.ix]
    order by 1, 2
    on conflict do nothing;
  end if;

  insert into event_voided (event, declaration)
  select ids[g.ix], d.id
  from generate_subscripts(ids, 1) g (ix)
  join event d on d.event_digest = event_digests[g.ix] and d.declared
  where not declareds[g.ix] and ids[g.ix] <> 0
  union
  select o.id, ids[g.ix]
  from generate_subscripts(ids, 1) g (ix)
  join event o on o.event_digest = event_digests[g.ix] and not o.declared
  where has_declaration and declareds[g.ix] and ids[g.ix] <> 0
  on conflict do nothing;

  insert into event_key (event, key, role, quantity, uom)
  select ids[u.ev], key_ids[u.key], u.role, u.quantity, u.uom
  from unnest(link_events, link_keys, string_to_array(link_roles, sep), link_quantities,
    string_to_array(link_uoms, sep, '')) u (ev, key, role, quantity, uom)
  where ids[u.ev] <> 0;

  insert into edge (src, dst, kind, at, event)
  select case sign(u.src) when 0 then -ids[u.ev] when 1 then key_ids[u.src] else -key_ids[-u.src] end,
    case sign(u.dst) when 0 then -ids[u.ev] when 1 then key_ids[u.dst] else -key_ids[-u.dst] end,
    u.kind::"char", event_times[u.ev], ids[u.ev]
  from unnest(edge_events, edge_srcs, edge_dsts, string_to_array(edge_kinds, sep)) u (ev, src, dst, kind)
  where ids[u.ev] <> 0;

  if cardinality(end_events) > 0 then
    insert into edge_end (parent, child, at, partial, event)
    select key_ids[u.parent], case u.child when 0 then 0 else key_ids[u.child] end, event_times[u.ev], u.partial,
      ids[u.ev]
    from unnest(end_events, end_parents, end_children, end_partials) u (ev, parent, child, partial)
    where ids[u.ev] <> 0;
  end if;

  if cardinality(name_events) > 0 then
    insert into trace_name (key, event, name)
    select key_ids[u.key], ids[u.ev], u.name
    from unnest(name_events, name_keys, string_to_array(names, sep)) u (ev, key, name)
    where ids[u.ev] <> 0
      and not exists (select from trace_name n where n.key = key_ids[u.key] and n.name = u.name)
    on conflict do nothing;
  end if;

  if job is not null then
    insert into capture_job (id, owner_id, created_at, finished_at, success, error_behaviour, stored, known)
    values (job, capturer, started, recorded, true, behaviour,
      cardinality(array_remove(ids, 0)), cardinality(ids) - cardinality(array_remove(ids, 0)) + repeats);
  end if;
  return ids;
end $$;

-- True where, of what was packed of lot `child` into `parent`, nothing is left after the takings up to `upto`: the
-- quantities packed since the last time it was emptied against those taken out since then.
create function containment_used_up(child bigint, parent bigint, upto timestamptz) returns boolean
language sql stable
as $$
  select coalesce(sum(k.quantity) filter (where e.action = 'DELETE') >= sum(k.quantity) filter (where e.action = 'ADD'), false)
  from event_key k
  join event e on e.id = k.event
  where k.key = containment_used_up.child and k.role = 'child' and e.event_time <= upto
    and exists (select from event_key p where p.event = k.event and p.key = containment_used_up.parent and p.role = 'parent')
    and e.event_time > coalesce((select max(x.at) from edge_end x
      where x.parent = containment_used_up.parent and x.child in (containment_used_up.child, 0) and not x.partial
        and x.at < upto and not exists (select from event_voided v where v.event = x.event)), '-infinity')
    and not e.declared and not exists (select from event_voided v where v.event = e.id)
$$;

-- What a capture costs less (docs/decisions/0263): its keys and events come with the order in which they go in, which the
-- database need not find out; what is declared an error is looked for once. What is stored and refused is as before.

-- A document's arrivals are a few KB of numbers: compressing them was a fiftieth of a capture.
alter table event_arrival alter column ids set storage external;
alter table event_arrival set (toast_tuple_target = 8160);

-- No two entries of these are alike, and each full page was gone through for such.
alter index edge_forward set (deduplicate_items = off);
alter index edge_backward set (deduplicate_items = off);
alter index event_key_key set (deduplicate_items = off);
alter index event_time set (deduplicate_items = off);
alter index event_biz_step set (deduplicate_items = off);
alter index event_biz_location set (deduplicate_items = off);

-- As store_events in 0242, which stays for the release before. `key_order` and `event_order`: places in the order in which rows
-- go in, the same for whoever stores the same.
create function store_captured(
  capturer uuid, job uuid, behaviour text, repeats integer, started timestamptz, recorded timestamptz,
  context_digest uuid, context_text text,
  keys text, serials text, key_shapes integer[], key_order integer[], levels text, gtins text, lots text,
  event_digests uuid[], declareds boolean[], content_digests uuid[], hashes bytea[], event_times timestamptz[],
  event_ids text, documents text, event_shapes integer[], event_order integer[],
  types text, actions text, tz_offsets text, biz_steps text, dispositions text,
  read_points text, biz_locations text, transformation_ids text,
  sources text, destinations text, biz_transactions text, party_ids text, regions text,
  link_events integer[], link_keys integer[], link_roles integer[], link_quantities numeric[], link_uoms text,
  edge_events integer[], edge_srcs integer[], edge_dsts integer[], edge_kinds integer[],
  end_events integer[], end_parents integer[], end_children integer[], end_partials boolean[],
  name_events integer[], name_keys integer[], names text
) returns bigint[]
language plpgsql
-- One plan, by index, whatever the tables looked like when it was made.
set enable_hashjoin = off
set enable_mergejoin = off
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  own_digests constant uuid[] := content_digests;
  -- An array of texts or bytes is looked into by place only once it is a variable; as a parameter it is counted through.
  hash_of constant bytea[] := hashes;
  quantity_of constant numeric[] := link_quantities;
  sep constant text := chr(1);
  inner_sep constant text := chr(2);
  roles constant text[] := array['epc', 'parent', 'child', 'input', 'output'];
  key_of constant text[] := string_to_array(keys, sep);
  serial_of constant text[] := string_to_array(serials, sep, '');
  level_of constant text[] := string_to_array(levels, sep);
  gtin_of constant text[] := string_to_array(gtins, sep, '');
  lot_of constant text[] := string_to_array(lots, sep, '');
  id_of constant text[] := string_to_array(event_ids, sep);
  document_of constant text[] := string_to_array(documents, sep);
  type_of constant text[] := string_to_array(types, sep);
  action_of constant text[] := string_to_array(actions, sep, '');
  tz_offset_of constant text[] := string_to_array(tz_offsets, sep);
  biz_step_of constant text[] := string_to_array(biz_steps, sep, '');
  disposition_of constant text[] := string_to_array(dispositions, sep, '');
  read_point_of constant text[] := string_to_array(read_points, sep, '');
  biz_location_of constant text[] := string_to_array(biz_locations, sep, '');
  transformation_of constant text[] := string_to_array(transformation_ids, sep, '');
  sources_of constant text[] := string_to_array(sources, sep, '');
  destinations_of constant text[] := string_to_array(destinations, sep, '');
  transactions_of constant text[] := string_to_array(biz_transactions, sep, '');
  parties_of constant text[] := string_to_array(party_ids, sep);
  regions_of constant text[] := string_to_array(regions, sep);
  uom_of constant text[] := string_to_array(link_uoms, sep, '');
  name_of constant text[] := string_to_array(names, sep);
  has_declaration constant boolean := true = any (declareds);
  key_ids bigint[];
  ids bigint[];
  context_ref integer;
  clash integer;
  -- Whether an error is declared of any of the events, here or before.
  meets_declared boolean;
  -- Looks before it inserts. Rarely needed, and inserting at once spares each row its look into each unique index.
  careful boolean := false;
begin
  select c.id into context_ref from event_context c where c.digest = context_digest;
  if context_ref is null then
    insert into event_context (digest, context) values (context_digest, context_text) on conflict do nothing;
    select c.id into context_ref from event_context c where c.digest = context_digest;
  end if;
  ids := array(select nextval('trace_id_seq') from generate_subscripts(id_of, 1));

  for attempt in 1..10 loop
    begin
      -- A new key's id is negative until it is stored.
      key_ids := array(
        select coalesce((select k.id from trace_key k where k.key = key_of[g.ix]), -nextval('trace_id_seq'))
        from generate_subscripts(key_of, 1) g (ix) order by g.ix);
      -- In the order of texts and digests, so that documents with the same keys or events wait for each other in one order.
      insert into trace_key (id, key, level, gtin, lot, serial)
      select -key_ids[u.ix], key_of[u.ix], level_of[u.shape], gtin_of[u.shape], lot_of[u.shape], serial_of[u.ix]
      from (
        select o.ix, key_shapes[o.ix] as shape
        from (select key_order[g.at] as ix from generate_subscripts(key_order, 1) g (at) offset 0) o
        where key_ids[o.ix] < 0 offset 0) u;

      insert into event (id, event_digest, declared, content_digest, event_id, hash, type, action, event_time, tz_offset,
        record_time, biz_step, disposition, read_point, biz_location, transformation_id, sources, destinations,
        biz_transactions, owner_id, party_ids, regions, job_id, context_id, document)
      select ids[u.ix], event_digests[u.ix], declareds[u.ix], content_digests[u.ix], id_of[u.ix], hash_of[u.ix],
        type_of[u.shape], action_of[u.shape], event_times[u.ix], tz_offset_of[u.shape], recorded,
        biz_step_of[u.shape], disposition_of[u.shape], read_point_of[u.shape], biz_location_of[u.shape],
        transformation_of[u.shape], string_to_array(sources_of[u.shape], inner_sep),
        string_to_array(destinations_of[u.shape], inner_sep), string_to_array(transactions_of[u.shape], inner_sep),
        capturer, parties_of[u.shape]::uuid[], regions_of[u.shape]::text[], job, context_ref, document_of[u.ix]
      from (
        select o.ix, event_shapes[o.ix] as shape
        from (select event_order[g.at] as ix from generate_subscripts(event_order, 1) g (at) offset 0) o
        where not careful
          or not exists (select from event e
            where e.event_digest = event_digests[o.ix] and not e.declared and not declareds[o.ix])
          and not exists (select from event e where e.content_digest = content_digests[o.ix])
        offset 0) u;
      exit;
    exception when unique_violation then
      -- Somebody was first, with an event or with a key; what they stored can be seen now.
      careful := true;
      if attempt = 10 then raise; end if;
      -- What was declared an error may have happened all the same: said again under an id of its own, it is an event.
      content_digests := array(
        select case when exists (
          select from event e join event_voided v on v.event = e.id
          where e.content_digest = own_digests[g.ix] and e.event_digest <> event_digests[g.ix] and not declareds[g.ix]
        ) then md5(own_digests[g.ix]::text || event_digests[g.ix]::text)::uuid else own_digests[g.ix] end
        from generate_subscripts(own_digests, 1) g (ix) order by g.ix);
    end;
  end loop;
  key_ids := array(select abs(u.id) from unnest(key_ids) with ordinality u (id, ix) order by u.ix);

  meets_declared := exists (select from generate_subscripts(ids, 1) g (ix)
    join event e on e.event_digest = event_digests[g.ix] and e.declared);
  -- An eventID may stand for one content only; an original and the declarations of its error share both.
  select g.ix into clash
  from generate_subscripts(ids, 1) g (ix)
  join event e on e.event_digest = event_digests[g.ix]
  where (careful or has_declaration) and e.id <> ids[g.ix]
    and (e.hash <> hash_of[g.ix] or (not e.declared and not declareds[g.ix] and e.content_digest <> content_digests[g.ix]))
  union all
  select g.ix
  from generate_subscripts(ids, 1) g (ix)
  join event e on e.event_digest = event_digests[g.ix] and e.declared
  where meets_declared and e.id <> ids[g.ix] and e.hash <> hash_of[g.ix]
  union all
  select g.ix
  from generate_subscripts(ids, 1) g (ix)
  join event_alias a on a.event_digest = event_digests[g.ix]
  join event e on e.id = a.event
  where e.hash <> hash_of[g.ix] or (not a.declared and not declareds[g.ix] and e.content_digest <> content_digests[g.ix])
  order by 1 limit 1;
  if clash is not null then
    raise exception using errcode = 'SH409', message = clash::text;
  end if;

  if careful then
    ids := array(select case when exists (select from event e where e.id = g.id) then g.id else 0 end
      from unnest(ids) with ordinality g (id, ix) order by g.ix);
    insert into event_alias (event_digest, declared, event_id, event, owner_id, record_time, context_id, document)
    select event_digests[g.ix], declareds[g.ix], id_of[g.ix], e.id, capturer, recorded, context_ref, document_of[g.ix]
    from generate_subscripts(ids, 1) g (ix)
    join event e on e.content_digest = content_digests[g.ix]
    where ids[g.ix] = 0 and e.event_digest <> event_digests[g.ix]
    order by 1, 2
    on conflict do nothing;
  end if;

  if meets_declared then
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
  end if;

  insert into event_key (event, key, role, quantity, uom)
  select ids[link_events[g.ix]], key_ids[link_keys[g.ix]], roles[link_roles[g.ix]], quantity_of[g.ix], uom_of[g.ix]
  from generate_subscripts(link_events, 1) g (ix)
  where ids[link_events[g.ix]] <> 0;

  insert into edge (src, dst, kind, at, event)
  select
    case when u.src > 0 then key_ids[u.src] when u.src = 0 then -ids[u.ev] else -key_ids[-u.src] end,
    case when u.dst > 0 then key_ids[u.dst] when u.dst = 0 then -ids[u.ev] else -key_ids[-u.dst] end,
    u.kind::"char", event_times[u.ev], ids[u.ev]
  from (
    select edge_events[g.ix] as ev, edge_srcs[g.ix] as src, edge_dsts[g.ix] as dst, edge_kinds[g.ix] as kind
    from generate_subscripts(edge_events, 1) g (ix) offset 0) u
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
    from unnest(name_events, name_keys, name_of) u (ev, key, name)
    where ids[u.ev] <> 0
      and not exists (select from trace_name n where n.key = key_ids[u.key] and n.name = u.name)
    on conflict do nothing;
  end if;

  perform note_arrived(array_remove(ids, 0), recorded,
    array(select distinct event_shapes[g.ix] from generate_subscripts(ids, 1) g (ix) where ids[g.ix] <> 0),
    parties_of, regions_of, biz_step_of, disposition_of, read_point_of, biz_location_of);

  if job is not null then
    insert into capture_job (id, owner_id, created_at, finished_at, success, error_behaviour, stored, known)
    values (job, capturer, started, recorded, true, behaviour,
      cardinality(array_remove(ids, 0)), cardinality(ids) - cardinality(array_remove(ids, 0)) + repeats);
  end if;
  return ids;
end $$;

-- An event that says what an earlier event said which was declared an error since is no repetition of it: it is kept under
-- its own eventID and counts. Else a correction that is taken back would leave nothing. The function is otherwise as it was.

create or replace function append_events(
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
  own_digests constant uuid[] := content_digests;
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
      -- What was declared an error may have happened all the same: said again under an id of its own, it is an event.
      content_digests := array(
        select case when exists (
          select from event e join event_voided v on v.event = e.id
          where e.content_digest = u.content_digest and e.event_digest <> u.event_digest and not u.declared
        ) then md5(u.content_digest::text || u.event_digest::text)::uuid else u.content_digest end
        from unnest(own_digests, event_digests, declareds) with ordinality u (content_digest, event_digest, declared, ix)
        order by u.ix);
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

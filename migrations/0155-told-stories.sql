-- What the public was told of a lot is a leaf of the log each time it is another: whoever tells one shopper this and the
-- next one that leaves both in the log, and a shopper's own browser can check what he was told. Nobody's record: its owner
-- is the platform, its name the lot's.
create function tell_story(story_key text, told jsonb) returns table (seq bigint, version integer, at timestamptz)
language plpgsql volatile security definer set search_path = public, pg_temp
as $$
declare
  platform constant uuid := '00000000-0000-0000-0000-000000000000';
  story constant uuid := md5('lot-story ' || story_key)::uuid;
  whole jsonb;
  last record;
begin
  -- The leaves of the events that speak of it, as far as they are sealed: what the telling rests on.
  select told || jsonb_build_object('events', coalesce(
    jsonb_agg(jsonb_build_object('leaf', h.index, 'hash', h.hash) order by h.index), '[]'::jsonb)) into whole
  from (
    select distinct l.index, encode(l.hash, 'hex') as hash
    from trace_key k join event_key e on e.key = k.id join ledger_leaf l on l.source = 'event' and l.ref = e.event
    where k.key = story_key order by l.index limit 50) h;
  -- One at a time: of two shoppers who ask at once the second finds what the first was told.
  perform pg_advisory_xact_lock(hashtextextended(story::text, 0));
  select c.seq, c.version, c.at, c.image into last from change c
  where c.owner_id = platform and c.kind = 'lot-story' and c.id = story and c.stream = 0 order by c.version desc limit 1;
  if found and last.image = whole then
    return query select last.seq::bigint, last.version::integer, last.at::timestamptz;
  else
    return query
    insert into change as c (owner_id, kind, id, version, schema_version, actor, region, image)
    values (platform, 'lot-story', story, coalesce(last.version, 0) + 1, 1, '{"name":"公众查询"}', '', whole)
    returning c.seq, c.version, c.at;
  end if;
end $$;
revoke execute on function tell_story from public;
grant execute on function tell_story to shisu_web, shisu_public;

-- The leaf of something that the public was told, with what opens it; of nothing else.
create function told_leaf(told bigint) returns table (index bigint, entry text, salt bytea, payload text)
language sql stable security definer set search_path = public, pg_temp
as $$
  select l.index, l.entry, l.salt,
    jsonb_build_object('owner', c.owner_id, 'kind', c.kind, 'id', c.id, 'version', c.version,
      'schemaVersion', c.schema_version, 'actor', c.actor, 'region', c.region,
      'at', to_char(c.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'image', c.image)::text
  from change c join ledger_leaf l on l.source = 'change' and l.ref = c.seq
  where c.stream = 0 and c.seq = told and c.kind = 'lot-story'
$$;
revoke execute on function told_leaf from public;
grant execute on function told_leaf to shisu_web, shisu_public;

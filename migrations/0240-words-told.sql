-- Words that a reader may know were worked out anew for each document, 1.3 ms of a document's 300 events, to find out that all
-- are known. What has the same readers, step, disposition and places tells the same words: that is looked up first.
create table event_word_shape (digest uuid primary key);

create or replace function note_arrived(
  arrived bigint[], arrived_at timestamptz, shapes integer[],
  parties text[], regions text[], biz_steps text[], dispositions text[], read_points text[], biz_locations text[]
) returns void
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_generic_plan
as $$
declare
  digests uuid[];
begin
  if cardinality(arrived) = 0 then return; end if;
  insert into event_arrival (at, ids) values (arrived_at, arrived);
  digests := array(
    select md5(concat_ws(chr(1), parties[s.ix], note_arrived.regions[s.ix], coalesce(biz_steps[s.ix], ''),
      coalesce(dispositions[s.ix], ''), coalesce(read_points[s.ix], ''), coalesce(biz_locations[s.ix], '')))::uuid
    from unnest(shapes) with ordinality s (ix, nr) order by s.nr);
  -- In one order, so that documents with the same new words wait for each other instead of meeting in a deadlock.
  with unheard as (
    insert into event_word_shape (digest)
    select distinct d.digest from unnest(digests) d (digest) order by 1
    on conflict do nothing
    returning digest
  )
  insert into event_word (reader, field, value)
  select distinct w.reader, w.field, w.value
  from unheard u
  cross join lateral (select shapes[array_position(digests, u.digest)] as ix offset 0) s
  cross join lateral note_event_words(note_arrived.parties[s.ix]::uuid[], note_arrived.regions[s.ix]::text[],
    biz_steps[s.ix], dispositions[s.ix], read_points[s.ix], biz_locations[s.ix]) w
  order by 1, 2, 3
  on conflict do nothing;
end $$;

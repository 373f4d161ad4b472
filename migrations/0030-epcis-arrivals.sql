-- What follows the store of events: subscriptions, and the lists of words and places that a reader knows.

-- One row for each insertion of events: a cursor over (xid, seq) below pg_snapshot_xmin passes over no late committer, and
-- costs the event itself nothing.
create table event_arrival (
  seq bigint generated always as identity primary key,
  xid xid8 not null default pg_current_xact_id(),
  at timestamptz not null,
  ids bigint[] not null
);
create index event_arrival_order on event_arrival (xid, seq);
create index event_arrival_at on event_arrival (at);
grant select on event_arrival to shisu_web;

-- The values of bizStep, disposition, readPoint and bizLocation in the events that a reader may see. reader: an owner's
-- id, or the region code of an authority.
create table event_word (
  reader text collate "C" not null,
  field text collate "C" not null,
  value text collate "C" not null,
  primary key (reader, field, value)
);
grant select on event_word to shisu_web;

create function note_event_words(parties uuid[], regions text[], step text, disp text, read_at text, located text)
returns table (reader text, field text, value text)
language sql immutable
as $$
  select r.reader, w.field, w.value
  from (select unnest(parties)::text union all select unnest(regions)) r (reader)
  cross join (values ('bizStep', step), ('disposition', disp), ('readPoint', read_at), ('bizLocation', located))
    w (field, value)
  -- Longer ones would not fit the index; events that hold them are found all the same.
  where octet_length(w.value) <= 2000
$$;

create function note_arrival() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  insert into event_arrival (at, ids)
  select max(record_time), array_agg(id order by id) from arrived having count(*) > 0;
  -- In one order, so that documents with the same new words wait for each other instead of meeting in a deadlock.
  insert into event_word (reader, field, value)
  select distinct w.reader, w.field, w.value
  from (select distinct party_ids, regions, biz_step, disposition, read_point, biz_location from arrived) e
  cross join lateral note_event_words(e.party_ids, e.regions, e.biz_step, e.disposition, e.read_point, e.biz_location) w
  order by 1, 2, 3
  on conflict do nothing;
  return null;
end $$;
create trigger event_arrived after insert on event referencing new table as arrived
  for each statement execute function note_arrival();

-- An owner that was filed late sees older events from then on, and knows their words.
create function note_new_readers() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  insert into event_word (reader, field, value)
  select distinct w.reader, w.field, w.value
  from changed e
  cross join lateral note_event_words(e.party_ids, e.regions, e.biz_step, e.disposition, e.read_point, e.biz_location) w
  order by 1, 2, 3
  on conflict do nothing;
  return null;
end $$;
create trigger event_readers after update on event referencing new table as changed
  for each statement execute function note_new_readers();

insert into event_arrival (at, ids)
select max(record_time), array_agg(id order by id) from event group by id / 5000 order by id / 5000;
insert into event_word (reader, field, value)
select distinct w.reader, w.field, w.value
from (select distinct party_ids, regions, biz_step, disposition, read_point, biz_location from event) e
cross join lateral note_event_words(e.party_ids, e.regions, e.biz_step, e.disposition, e.read_point, e.biz_location) w;

-- Master data as it came in the headers of captured documents: attributes of places and words, and what lies below them.
create table master_data (
  owner_id uuid not null references owner (id),
  -- Canonical key, or the URI as it is.
  key text collate "C" not null check (octet_length(key) <= 2000),
  type text not null,
  attributes jsonb not null,
  children text[] not null,
  record_time timestamptz not null,
  primary key (owner_id, key)
);
create index master_data_key on master_data (key);
grant select, insert, update on master_data to shisu_web;

-- Page tokens that were given back before their time.
create table revoked_page_token (
  digest bytea primary key,
  expires_at timestamptz not null
);
grant select, insert, delete on revoked_page_token to shisu_web;

-- Drafted from the declarations by npm run migrate:draft; reviewed before it is committed.

-- 待确认事件
create table unconfirmed_event (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'open',
  void_reason text,
  region text not null,
  event_id text not null,
  holder uuid not null,
  reporter uuid not null,
  event_time timestamptz not null,
  noted_at timestamptz not null,
  claim text not null,
  what text not null,
  place text,
  goods jsonb,
  reason text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  about_id uuid generated always as (holder) stored,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint unconfirmed_event_pkey primary key (owner_id, id),
  constraint unconfirmed_event_version check (version > 0),
  constraint unconfirmed_event_state check (state in ('open', 'confirmed', 'trusted', 'explained', 'rejected', 'void')),
  constraint unconfirmed_event_void check ((state = 'void') = (void_reason is not null)),
  constraint unconfirmed_event_event_id_1 check (char_length(event_id) between 1 and 1000),
  constraint unconfirmed_event_event_time_1 check (event_time between '1900-01-01Z' and '2200-01-01Z'),
  constraint unconfirmed_event_noted_at_1 check (noted_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint unconfirmed_event_claim_1 check (claim in ('goods', 'error')),
  constraint unconfirmed_event_what_1 check (char_length(what) between 1 and 200),
  constraint unconfirmed_event_place_1 check (char_length(place) between 1 and 300),
  constraint unconfirmed_event_goods_1 check (jsonb_typeof(goods) = 'array'),
  constraint unconfirmed_event_goods_2 check (jsonb_array_length(goods) <= 10),
  constraint unconfirmed_event_reason_1 check (char_length(reason) between 1 and 500),
  constraint unconfirmed_event_holder_refers foreign key (holder) references owner (id),
  constraint unconfirmed_event_reporter_refers foreign key (reporter) references owner (id)
);
create index unconfirmed_event_by_id on unconfirmed_event (id);
create index unconfirmed_event_by_owner on unconfirmed_event (owner_id, noted_at, id);
create index unconfirmed_event_by_county on unconfirmed_event (county, noted_at, id);
create index unconfirmed_event_by_about on unconfirmed_event (about_id, noted_at, id);
create index unconfirmed_event_by_city on unconfirmed_event (city, noted_at, id);
create index unconfirmed_event_by_search on unconfirmed_event using gin (search);
create index unconfirmed_event_by_holder on unconfirmed_event (holder, id) where holder is not null;
create index unconfirmed_event_by_reporter on unconfirmed_event (reporter, id) where reporter is not null;
create or replace function unconfirmed_event_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'unconfirmed-event', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'eventId', new.event_id, 'holder', new.holder, 'reporter', new.reporter, 'eventTime', to_char(new.event_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'notedAt', to_char(new.noted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'claim', new.claim, 'what', new.what, 'place', new.place, 'goods', new.goods, 'reason', new.reason, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger unconfirmed_event_changed after insert or update on unconfirmed_event for each row execute function unconfirmed_event_changed();
grant select, insert, update on unconfirmed_event to shisu_web;

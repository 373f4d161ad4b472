-- 报表中心 (D4.3.7.6, C5.4.3.a): finished reports, as they were made. Their templates are definitions of the type 'report'.
create table report (
  owner_id uuid not null references owner (id),
  id uuid not null,
  definition_id uuid not null,
  template_version integer not null,
  cadence text not null check (cadence in ('day', 'week', 'month', 'quarter', 'year')),
  -- Made by the clock: of those there is one for each period and place.
  by_clock boolean not null,
  title text not null,
  period_from date not null,
  period_to date not null check (period_to >= period_from),
  -- With whose scope it was made: it is read only by those whose own includes it.
  reach_column text not null check (reach_column in ('city', 'county', 'station', 'owner_id')),
  reach_value text not null,
  region text not null,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  -- The kinds and fields that it was made of: {kind: [field, …]}.
  uses jsonb not null,
  content jsonb not null,
  as_of timestamptz not null,
  made_at timestamptz not null,
  made_by text not null,
  primary key (owner_id, id)
);
create unique index report_once on report (definition_id, cadence, period_from, reach_value) where by_clock;
create index report_id on report (id);
create index report_city on report (city, made_at desc);
create index report_county on report (county, made_at desc);
create index report_owner on report (owner_id, made_at desc);
-- As it was made it stays.
grant select, insert on report to shisu_web;

alter table message drop constraint message_topic_check;
alter table message add constraint message_topic_check
  check (topic in ('task', 'flow', 'mention', 'overdue', 'subscription', 'report', 'data'));

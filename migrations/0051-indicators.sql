-- Indicators: what each record contributes, and the sums that pages read. Kept in step through the feed.
create table indicator_state (
  indicator integer primary key references definition (number),
  built_version integer not null,
  built_at timestamptz not null,
  rows bigint not null,
  ms integer not null
);
grant select, insert, update on indicator_state to shisu_web;

create table indicator_part (
  indicator integer not null,
  record_id uuid not null,
  owner_id uuid not null,
  about_id uuid not null,
  county text collate "C" not null,
  day date not null,
  category text collate "C" not null,
  num numeric not null,
  den numeric not null,
  primary key (indicator, record_id)
);
grant select, insert, delete on indicator_part to shisu_web;

create table indicator_by_region (
  indicator integer not null,
  city text collate "C" not null,
  county text collate "C" not null,
  day date not null,
  category text collate "C" not null,
  num numeric not null,
  den numeric not null,
  n bigint not null,
  primary key (indicator, city, county, day, category)
);
grant select, insert, update, delete on indicator_by_region to shisu_web;

create table indicator_by_owner (
  indicator integer not null,
  owner_id uuid not null,
  about_id uuid not null,
  city text collate "C" not null,
  county text collate "C" not null,

  day date not null,
  category text collate "C" not null,
  num numeric not null,
  den numeric not null,
  n bigint not null,
  primary key (indicator, owner_id, about_id, county, day, category)
);
create index indicator_by_owner_about on indicator_by_owner (indicator, about_id, day);
create index indicator_by_owner_county on indicator_by_owner (indicator, county, day);
grant select, insert, update, delete on indicator_by_owner to shisu_web;

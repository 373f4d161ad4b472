-- What users define as data: review rules, indicators, report templates. Versions are kept; nobody may alter one.
create table definition (
  owner_id uuid not null references owner (id),
  id uuid not null,
  -- A short name for rows that many of: findings and stored figures.
  number integer not null generated always as identity unique,
  type text not null check (type in ('rule', 'indicator', 'report')),
  title text not null check (char_length(title) between 1 and 60),
  version integer not null check (version > 0),
  state text not null check (state in ('draft', 'on', 'off')),
  body jsonb not null check (pg_column_size(body) <= 65536),
  -- The rows that it is about: those that its author's place reaches.
  reach_column text not null check (reach_column in ('city', 'county', 'owner_id')),
  reach_value text not null,
  region text not null,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  -- Why the platform switched it off.
  trouble text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  updated_by text not null,
  primary key (owner_id, id)
);
create index definition_id on definition (id);
create index definition_city on definition (city, type);
grant select, insert, update on definition to shisu_web;

create table definition_version (
  owner_id uuid not null,
  definition_id uuid not null,
  version integer not null,
  title text not null,
  state text not null,
  body jsonb not null,
  actor text not null,
  at timestamptz not null,
  primary key (owner_id, definition_id, version)
);
grant select, insert on definition_version to shisu_web;

-- What a rule found in a record; one row for each rule and record, whatever happened to it since.
create table finding (
  owner_id uuid not null,
  id uuid not null,
  rule integer not null references definition (number),
  rule_version integer not null,
  kind text not null,
  record_id uuid not null,
  record_version integer not null,
  dimension text not null,
  level text not null,
  region text not null,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  found_at timestamptz not null,
  seen_at timestamptz not null,
  state text not null default 'open' check (state in ('open', 'mended', 'closed')),
  assignee_id uuid,
  assignee text,
  closed_at timestamptz,
  closed_by text,
  reason text,
  primary key (owner_id, id),
  check ((state = 'closed') = (reason is not null))
);
create unique index finding_once on finding (rule, record_id);
create index finding_id on finding (id);
create index finding_record on finding (kind, record_id);
create index finding_own on finding (owner_id, found_at desc) where state = 'open';
create index finding_county on finding (county, found_at desc) where state = 'open';
create index finding_city on finding (city, found_at desc) where state = 'open';
grant select, insert, update on finding to shisu_web;

-- A run of the rules over all records of a kind.
create table review_run (
  id uuid primary key,
  kind text not null,
  rules integer not null,
  records integer not null,
  found integer not null,
  mended integer not null,
  ms integer not null,
  at timestamptz not null
);
create index review_run_kind on review_run (kind, at desc);
grant select, insert on review_run to shisu_web;

-- What every record stands on: owners, accounts, the change feed, notices, files, claims.

do $$ begin
  create role shisu_web nologin;
exception when duplicate_object then null; end $$;
do $$ begin
  create role shisu_public nologin;
exception when duplicate_object then null; end $$;

-- Whoever installs must be able to become these roles, superuser or not.
do $$ begin
  execute format('grant shisu_web, shisu_public to %I', current_user);
exception when insufficient_privilege or invalid_grant_operation then null; end $$;

revoke create on schema public from public;
grant usage on schema public to shisu_web, shisu_public;

-- Subjects and authorities: whoever data belongs to. Kept in step with subjects by their trigger.
create table owner (
  id uuid primary key,
  title text not null,
  -- GB/T 2260; the city's own code for city-wide authorities.
  region text not null check (region ~ '^[0-9]{6}$'),
  gln text unique
);
create index owner_region on owner (region);
grant select, insert, update on owner to shisu_web;

create table account (
  id uuid primary key,
  owner_id uuid not null references owner (id),
  login text not null unique,
  name text not null,
  role text not null check (role in ('city', 'county', 'enterprise')),
  password_hash text not null,
  created_at timestamptz not null,
  disabled_at timestamptz
);
grant select, insert, update on account to shisu_web;

create table session (
  -- sha256 of the cookie: a stolen backup opens no session.
  token_hash bytea primary key,
  account_id uuid not null references account (id),
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null
);
create index session_account on session (account_id);
grant select, insert, update, delete on session to shisu_web;

create table api_token (
  token_hash bytea primary key,
  account_id uuid not null references account (id),
  name text not null,
  -- Empty: all that the account may do.
  scopes text[] not null default '{}',
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
grant select, insert on api_token to shisu_web;
grant update (revoked_at) on api_token to shisu_web;

-- A value that is unique in the whole platform (USCC, GLN …), whatever owner or table it stands in.
create table claim (
  namespace text not null,
  key text not null,
  owner_id uuid not null,
  record_id uuid not null,
  primary key (namespace, key)
);
grant select, insert, delete on claim to shisu_web;

-- The one history, outbox and ledger feed. Written by each kind's trigger; nobody may alter or remove a row.
create table change (
  owner_id uuid not null,
  stream smallint not null default 0,
  seq bigint not null generated always as identity,
  -- Followers read below feed_horizon() in (xid, seq) order, or late committers would be lost.
  xid xid8 not null default pg_current_xact_id(),
  kind text not null,
  id uuid not null,
  version integer not null,
  schema_version integer not null,
  actor text not null,
  region text not null,
  at timestamptz not null default clock_timestamp(),
  image jsonb not null,
  primary key (stream, seq, at)
) partition by range (at);
create table change_default partition of change default;
-- Below this number every transaction of this database has ended. The server's own xmin counts all its databases: a long
-- one elsewhere would hold back every notice here. Whoever asks must read rows in a later statement than this one, under
-- READ COMMITTED: what ended between the two is then seen. Runs as the installer, who may see his sessions' numbers.
create function feed_horizon() returns xid8
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  seen pg_snapshot := pg_current_snapshot();
  oldest xid8;
begin
  select x into oldest from pg_snapshot_xip(seen) x
  where exists (select from pg_stat_activity a where a.datname = current_database() and a.backend_xid = x::xid)
  order by x limit 1;
  return coalesce(oldest, pg_snapshot_xmax(seen));
end $$;

-- Months are made ahead by the jobs role; the default partition only catches what should not happen.
create function make_change_partitions(since timestamptz, months integer) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  first timestamptz := date_trunc('month', since, 'UTC');
  name text;
begin
  for n in 0 .. months - 1 loop
    name := 'change_' || to_char((first + n * interval '1 month') at time zone 'UTC', 'YYYYMM');
    if to_regclass(name) is null then
      execute format('create table %I partition of change for values from (%L) to (%L)', name,
        date_trunc('month', first + n * interval '1 month', 'UTC'),
        date_trunc('month', first + (n + 1) * interval '1 month', 'UTC'));
    end if;
  end loop;
end $$;
revoke execute on function make_change_partitions from public;
grant execute on function make_change_partitions to shisu_web;
select make_change_partitions(now(), 3);
create index change_feed on change (stream, xid, seq);
create index change_record on change (owner_id, kind, id, version);
grant select, insert on change to shisu_web;

-- 文书编号: the last number given within owner, series and year. Taken under the row's lock, so there are no gaps.
create table document_series (
  owner_id uuid not null,
  series text not null,
  year text not null,
  last integer not null,
  primary key (owner_id, series, year)
);
grant select, insert, update on document_series to shisu_web;
create function next_document_number(owner uuid, name text, at timestamptz) returns text
language sql volatile as $$
  insert into document_series as s (owner_id, series, year, last)
  values (owner, name, to_char(at at time zone 'Asia/Shanghai', 'YYYY'), 1)
  on conflict (owner_id, series, year) do update set last = s.last + 1
  returning series || '〔' || year || '〕' || last || '号'
$$;

-- How far each follower of the feed has come.
create table follower (
  name text primary key,
  stream smallint not null default 0,
  xid xid8 not null default '0',
  seq bigint not null default 0,
  moved_at timestamptz not null default now()
);
grant select, insert, update on follower to shisu_web;

-- What somebody should look at, made by reactions to the feed.
create table notice (
  owner_id uuid not null,
  id uuid not null,
  level text not null check (level in ('bad', 'warn', 'info')),
  title text not null,
  detail text,
  kind text not null,
  record_id uuid not null,
  region text not null,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  at timestamptz not null,
  done_at timestamptz,
  done_by text,
  primary key (owner_id, id)
);
create index notice_id on notice (id);
create index notice_own on notice (owner_id, at desc) where done_at is null;
create index notice_county on notice (county, at desc) where done_at is null;
create index notice_city on notice (city, at desc) where done_at is null;
grant select, insert on notice to shisu_web;
grant update (done_at, done_by) on notice to shisu_web;

-- Uploaded files by the sha256 of their bytes; the bytes lie in the data folder.
create table file (
  owner_id uuid not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  media_type text not null,
  size bigint not null check (size > 0),
  uploaded_by text not null,
  uploaded_at timestamptz not null,
  primary key (owner_id, sha256)
);
create index file_sha256 on file (sha256);
grant select, insert on file to shisu_web;

-- What arrived and was refused: kept whole with its reason, so that it can be corrected and replayed.
create table quarantine (
  owner_id uuid not null,
  id uuid not null,
  source text not null,
  actor text not null,
  reason jsonb not null,
  body text not null,
  received_at timestamptz not null,
  replayed_at timestamptz,
  primary key (owner_id, id)
);
create index quarantine_received on quarantine (received_at desc);
grant select, insert on quarantine to shisu_web;
grant update (replayed_at) on quarantine to shisu_web;

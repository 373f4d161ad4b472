-- What people did: sign-ins, reads of important data, exports, prints, refusals, and every write (gathered from `change`).
-- The application may add to it and nothing else; only the audit entrance reads it; nobody alters it.

do $$ begin
  create role shisu_audit nologin;
exception when duplicate_object then null; end $$;
grant usage on schema public to shisu_audit;

create table audit (
  id bigint not null generated always as identity,
  at timestamptz not null default clock_timestamp(),
  -- 'shisu', or the application that reported it through the log interface.
  app text not null default 'shisu',
  actor_id uuid,
  actor_name text not null,
  owner_id uuid,
  owner_title text not null default '',
  act text not null,
  object_kind text not null default '',
  object_id text not null default '',
  object_title text not null default '',
  result text not null check (result in ('done', 'refused', 'failed')),
  address text not null default '',
  -- How many records were read, exported or printed.
  rows integer not null default 0,
  detail jsonb not null default '{}',
  primary key (at, id)
) partition by range (at);
create table audit_default partition of audit default;
create index audit_actor on audit (actor_id, at, id);
create index audit_object on audit (object_id, at, id) where object_id <> '';
create index audit_kind on audit (object_kind, at, id);
create index audit_act on audit (act, at, id);
create index audit_address on audit (address, at, id);
create index audit_unsuccessful on audit (at, id) where result <> 'done';

create function make_audit_partitions(since timestamptz, months integer) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  first timestamptz := date_trunc('month', since, 'UTC');
  name text;
begin
  for n in 0 .. months - 1 loop
    name := 'audit_' || to_char((first + n * interval '1 month') at time zone 'UTC', 'YYYYMM');
    if to_regclass(name) is null then
      execute format('create table %I partition of audit for values from (%L) to (%L)', name,
        date_trunc('month', first + n * interval '1 month', 'UTC'),
        date_trunc('month', first + (n + 1) * interval '1 month', 'UTC'));
    end if;
  end loop;
end $$;
revoke execute on function make_audit_partitions from public;
grant execute on function make_audit_partitions to shisu_web;
select make_audit_partitions(now(), 3);

-- Also the owner of the tables is stopped: what a superuser could still do, the ledger and its witnesses detect.
create function stays_as_written() returns trigger language plpgsql as $$
begin
  raise exception using errcode = 'SH403', message = format('%s 只能追加，不能修改或删除', tg_table_name);
end $$;
create trigger audit_stays before update or delete on audit for each row execute function stays_as_written();
create trigger audit_stays_whole before truncate on audit for each statement execute function stays_as_written();

grant insert on audit to shisu_web;
grant select on audit to shisu_audit;
grant select on owner to shisu_audit;
grant select on change to shisu_audit;

-- Digests of stretches of the audit store. Each is also written as a change, so that the one ledger takes it as a leaf.
create table audit_batch (
  -- The last row that it covers; a batch begins where the one before it ends.
  upto bigint primary key,
  rows integer not null,
  sha256 bytea not null,
  at timestamptz not null default clock_timestamp()
);
create trigger audit_batch_stays before update or delete on audit_batch for each row execute function stays_as_written();
grant insert, select on audit_batch to shisu_audit;

-- What behaviour looks wrong. Written by the watch over the audit store, answered by the audit administrator.
create table audit_alarm (
  id uuid primary key,
  at timestamptz not null,
  rule text not null,
  level text not null check (level in ('bad', 'warn')),
  actor_id uuid,
  actor_name text not null,
  address text not null default '',
  text text not null,
  -- One alarm for one actor, rule and stretch of time.
  about text not null unique,
  answered_at timestamptz,
  answered_by text,
  answer text
);
create index audit_alarm_open on audit_alarm (at desc) where answered_at is null;
grant select, insert on audit_alarm to shisu_audit;
grant update (answered_at, answered_by, answer) on audit_alarm to shisu_audit;

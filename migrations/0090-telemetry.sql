-- Devices' credentials, and what devices measure. The reasons are in docs/decisions/0090-telemetry.md.

-- By what a device is known to the listeners. One device may have several (a terminal and its gateway).
create table device_credential (
  id uuid primary key,
  device_id uuid not null,
  owner_id uuid not null references owner (id),
  protocol text not null check (protocol in ('mqtt', 'http', 'hj212', 'jt808', 'gb26875', 'modbus', 'opcua', 'frame')),
  identity text collate "C" not null check (char_length(identity) between 1 and 200),
  secret_hash text,
  variant jsonb not null default '{}',
  created_at timestamptz not null,
  changed_at timestamptz not null,
  disabled_at timestamptz,
  unique (protocol, identity)
);
create index device_credential_device on device_credential (device_id);
create index device_credential_owner on device_credential (owner_id);
create index device_credential_changed on device_credential (changed_at);
grant select, insert on device_credential to shisu_web;
grant update (secret_hash, variant, changed_at, disabled_at) on device_credential to shisu_web;

-- Frames that were refused, whole as far as they are not too long, with the reason.
create table frame_refused (
  id uuid primary key,
  protocol text not null,
  device_id uuid,
  owner_id uuid,
  identity text,
  address text,
  code text not null,
  reason text not null,
  offset_bytes integer,
  frame bytea not null check (octet_length(frame) <= 4096),
  frame_bytes integer not null,
  received_at timestamptz not null
);
create index frame_refused_at on frame_refused (received_at desc);
create index frame_refused_owner on frame_refused (owner_id, received_at desc);
grant select, insert on frame_refused to shisu_web;

-- A short number for every device that ever measured: rows and index are 12 bytes smaller than with its uuid.
create table telemetry_device (
  no integer primary key generated always as identity,
  device_id uuid not null unique,
  owner_id uuid not null,
  -- The device's clock against ours, of the last reading that came at once: positive where it is ahead.
  skew_ms bigint,
  skew_at timestamptz
);
grant select, insert on telemetry_device to shisu_web;
grant update (skew_ms, skew_at) on telemetry_device to shisu_web;

-- Which column a device's property stands in; without one it stands in `more`.
create table telemetry_channel (
  device integer not null references telemetry_device (no),
  property text collate "C" not null check (char_length(property) between 1 and 64),
  slot smallint check (slot between 1 and 16),
  type text not null check (type in ('number', 'boolean', 'text')),
  primary key (device, property),
  unique (device, slot)
);
grant select, insert on telemetry_channel to shisu_web;

-- One row for a device and a moment of its own clock: what is sent again is the same row. Wide, because a row a property
-- costs three times the space and four times the time.
create table telemetry (
  at timestamptz not null,
  p1 double precision,
  p2 double precision,
  p3 double precision,
  p4 double precision,
  p5 double precision,
  p6 double precision,
  p7 double precision,
  p8 double precision,
  p9 double precision,
  p10 double precision,
  p11 double precision,
  p12 double precision,
  p13 double precision,
  p14 double precision,
  p15 double precision,
  p16 double precision,
  device integer not null,
  -- Seconds from the moment to its arrival; negative where the device's clock is ahead.
  delay real not null,
  more jsonb,
  primary key (device, at)
) partition by range (at);
grant select on telemetry to shisu_web;

-- Days are made ahead by the jobs role, and by a reading that comes late for a day that has none.
create function make_telemetry_days(since timestamptz, days integer) returns void
language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
declare
  day timestamptz;
  name text;
begin
  for n in 0 .. days - 1 loop
    day := date_trunc('day', since) + n * interval '1 day';
    name := 'telemetry_' || to_char(day, 'YYYYMMDD');
    continue when to_regclass(name) is not null;
    perform pg_advisory_xact_lock(7420450290);
    continue when to_regclass(name) is not null;
    -- Attached and not created within: that would wait for, and hold up, every reader and writer.
    execute format('create table %I (like telemetry including defaults including constraints)', name);
    execute format('alter table telemetry attach partition %I for values from (%L) to (%L)', name, day, day + interval '1 day');
  end loop;
end $$;
revoke execute on function make_telemetry_days from public;
grant execute on function make_telemetry_days to shisu_web;

-- The last value of each property, by the device's clock and not by arrival.
create table telemetry_latest (
  device integer not null references telemetry_device (no),
  property text collate "C" not null,
  at timestamptz not null,
  received_at timestamptz not null,
  value jsonb not null,
  primary key (device, property)
) with (fillfactor = 60);
grant select on telemetry_latest to shisu_web;

-- Minutes that something was written to since they were rolled up; one row a batch, taken away by the job.
create table telemetry_touched (
  device integer not null,
  minute timestamptz not null
);
create index telemetry_touched_device on telemetry_touched (device, minute);
grant select on telemetry_touched to shisu_web;

create table telemetry_minute (
  device integer not null,
  slot smallint not null,
  at timestamptz not null,
  n integer not null,
  lo double precision not null,
  hi double precision not null,
  total double precision not null,
  last double precision not null,
  primary key (device, slot, at)
);
create table telemetry_hour (like telemetry_minute including all);
grant select on telemetry_minute, telemetry_hour to shisu_web;

-- Stores a batch in one round trip: rows, latest values, touched minutes. Rows, and values of one device, are unique within
-- the batch and sorted by the caller, so that two batches never wait for each other in a circle. Runs as the installer: the
-- application may add to the series in this way alone.
create function telemetry_append(
  devices integer[], ms double precision[], delays real[],
  p1s double precision[],   p2s double precision[],   p3s double precision[],   p4s double precision[], 
  p5s double precision[],   p6s double precision[],   p7s double precision[],   p8s double precision[], 
  p9s double precision[],   p10s double precision[],   p11s double precision[],   p12s double precision[], 
  p13s double precision[],   p14s double precision[],   p15s double precision[],   p16s double precision[], 
  mores jsonb[],
  touched integer[], touched_ms double precision[],
  latest integer[], properties text[], latest_ms double precision[], received_ms double precision[], vals jsonb[]
) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  stored integer;
begin
  insert into telemetry as t (device, at, delay, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, p16, more)
  select u.device, to_timestamp(u.ms / 1000), u.delay, u.p1, u.p2, u.p3, u.p4, u.p5, u.p6, u.p7, u.p8, u.p9, u.p10, u.p11, u.p12, u.p13, u.p14, u.p15, u.p16, u.more
  from unnest(devices, ms, delays, p1s, p2s, p3s, p4s, p5s, p6s, p7s, p8s, p9s, p10s, p11s, p12s, p13s, p14s, p15s, p16s, mores)
    u(device, ms, delay, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, p16, more)
  on conflict (device, at) do update set
    p1 = coalesce(t.p1, excluded.p1),
    p2 = coalesce(t.p2, excluded.p2),
    p3 = coalesce(t.p3, excluded.p3),
    p4 = coalesce(t.p4, excluded.p4),
    p5 = coalesce(t.p5, excluded.p5),
    p6 = coalesce(t.p6, excluded.p6),
    p7 = coalesce(t.p7, excluded.p7),
    p8 = coalesce(t.p8, excluded.p8),
    p9 = coalesce(t.p9, excluded.p9),
    p10 = coalesce(t.p10, excluded.p10),
    p11 = coalesce(t.p11, excluded.p11),
    p12 = coalesce(t.p12, excluded.p12),
    p13 = coalesce(t.p13, excluded.p13),
    p14 = coalesce(t.p14, excluded.p14),
    p15 = coalesce(t.p15, excluded.p15),
    p16 = coalesce(t.p16, excluded.p16),
    more = coalesce(excluded.more || t.more, t.more, excluded.more)
  where t.p1 is null and excluded.p1 is not null
    or t.p2 is null and excluded.p2 is not null
    or t.p3 is null and excluded.p3 is not null
    or t.p4 is null and excluded.p4 is not null
    or t.p5 is null and excluded.p5 is not null
    or t.p6 is null and excluded.p6 is not null
    or t.p7 is null and excluded.p7 is not null
    or t.p8 is null and excluded.p8 is not null
    or t.p9 is null and excluded.p9 is not null
    or t.p10 is null and excluded.p10 is not null
    or t.p11 is null and excluded.p11 is not null
    or t.p12 is null and excluded.p12 is not null
    or t.p13 is null and excluded.p13 is not null
    or t.p14 is null and excluded.p14 is not null
    or t.p15 is null and excluded.p15 is not null
    or t.p16 is null and excluded.p16 is not null
    or (excluded.more is not null and not coalesce(t.more ?& array(select jsonb_object_keys(excluded.more)), false));
  get diagnostics stored = row_count;
  insert into telemetry_latest as l (device, property, at, received_at, value)
  select u.device, u.property, to_timestamp(u.ms / 1000), to_timestamp(u.received / 1000), u.value
  from unnest(latest, properties, latest_ms, received_ms, vals) u(device, property, ms, received, value)
  on conflict (device, property) do update set at = excluded.at, received_at = excluded.received_at, value = excluded.value
  where excluded.at > l.at;
  insert into telemetry_touched (device, minute)
  select u.device, to_timestamp(u.ms / 1000) from unnest(touched, touched_ms) u(device, ms);
  return stored;
end $$;
revoke execute on function telemetry_append from public;
grant execute on function telemetry_append to shisu_web;

-- Rolls up what was touched in minutes before `before`; the number of device-minutes done. Each statement sees what was
-- committed before it: a batch whose mark was taken is read with its rows, one that was not leaves its mark for the next run.
create function telemetry_roll_up(before timestamptz, most integer) returns integer
language plpgsql security definer set search_path = public, pg_temp
set timezone = 'UTC' set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  nos integer[];
  minutes timestamptz[];
begin
  perform pg_advisory_xact_lock(7420450291);
  with gone as (
    delete from telemetry_touched where ctid = any (array(
      select ctid from telemetry_touched where minute < before limit most)) returning device, minute
  ), each as (select distinct device, minute from gone)
  select array_agg(device), array_agg(minute) into nos, minutes from each;
  if nos is null then return 0; end if;
  insert into telemetry_minute as m (device, slot, at, n, lo, hi, total, last)
  select u.device, s.slot, u.minute, s.n, s.lo, s.hi, s.total, s.last
  from unnest(nos, minutes) u(device, minute)
  cross join lateral (
    select v.slot, count(*) n, min(v.value) lo, max(v.value) hi, sum(v.value) total,
      (array_agg(v.value order by t.at desc))[1] as last
    from telemetry t
    cross join lateral (values (1, t.p1), (2, t.p2), (3, t.p3), (4, t.p4), (5, t.p5), (6, t.p6), (7, t.p7), (8, t.p8), (9, t.p9), (10, t.p10), (11, t.p11), (12, t.p12), (13, t.p13), (14, t.p14), (15, t.p15), (16, t.p16)) v(slot, value)
    where t.device = u.device and t.at >= u.minute and t.at < u.minute + interval '1 minute' and v.value is not null
    group by v.slot
  ) s
  on conflict (device, slot, at) do update
    set n = excluded.n, lo = excluded.lo, hi = excluded.hi, total = excluded.total, last = excluded.last;
  insert into telemetry_hour as h (device, slot, at, n, lo, hi, total, last)
  select u.device, m.slot, u.hour, sum(m.n), min(m.lo), max(m.hi), sum(m.total), (array_agg(m.last order by m.at desc))[1]
  from (select distinct d.device, date_trunc('hour', d.minute) as hour from unnest(nos, minutes) d(device, minute)) u
  join telemetry_minute m on m.device = u.device and m.at >= u.hour and m.at < u.hour + interval '1 hour'
    and m.slot between 1 and 16
  group by u.device, m.slot, u.hour
  on conflict (device, slot, at) do update
    set n = excluded.n, lo = excluded.lo, hi = excluded.hi, total = excluded.total, last = excluded.last;
  return cardinality(nos);
end $$;
revoke execute on function telemetry_roll_up from public;
grant execute on function telemetry_roll_up to shisu_web;

-- Raw frames kept whole around alarms.
create table device_frame (
  device_id uuid not null,
  received_at timestamptz not null,
  ordinal integer not null,
  protocol text not null,
  frame bytea not null,
  reason text not null,
  primary key (device_id, received_at, ordinal)
);
grant select, insert on device_frame to shisu_web;

-- All frames of a device's hour in one hash: each link is sha256 of the link before and the frame's sha256.
create table device_frame_root (
  device_id uuid not null,
  hour timestamptz not null,
  -- A process that starts anew begins a chain of its own.
  started_at timestamptz not null,
  frames integer not null,
  root bytea not null check (octet_length(root) = 32),
  primary key (device_id, hour, started_at)
);
grant select, insert on device_frame_root to shisu_web;

-- Days that were written to a Parquet file and taken out of the database; roll-ups stay.
create table telemetry_archive (
  file text primary key,
  day timestamptz not null,
  rows bigint not null,
  bytes bigint not null,
  sha256 text not null,
  archived_at timestamptz not null
);
grant select on telemetry_archive to shisu_web;
create function telemetry_drop_day(of timestamptz, wrote bigint, file text, bytes bigint, sha256 text, now timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
declare
  name text := 'telemetry_' || to_char(of, 'YYYYMMDD');
  found bigint;
begin
  execute format('lock table %I in access exclusive mode', name);
  execute format('select count(*) from %I', name) into found;
  if found <> wrote then raise exception 'the day has % rows, the file %', found, wrote; end if;
  insert into telemetry_archive values (file, of, wrote, bytes, sha256, now);
  execute format('alter table telemetry detach partition %I', name);
  execute format('drop table %I', name);
end $$;
revoke execute on function telemetry_drop_day from public;
grant execute on function telemetry_drop_day to shisu_web;

select make_telemetry_days(now() - interval '1 day', 4);

-- Video: cameras publish under a stream key of their own; what is recorded lies on disk by time and is listed here.

alter table device_credential drop constraint device_credential_protocol_check;
alter table device_credential add constraint device_credential_protocol_check
  check (protocol in ('mqtt', 'http', 'hj212', 'jt808', 'gb26875', 'modbus', 'opcua', 'frame', 'rtmp'));

-- Signs the addresses under which video is watched: every process of the installation knows it, nobody outside.
create table video_key (
  id boolean primary key default true check (id),
  key bytea not null check (octet_length(key) >= 32)
);
insert into video_key (key)
  values (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));
grant select on video_key to shisu_web;

-- How each camera's stream stands; written by the process that receives it.
create table video_stream (
  camera_id uuid primary key,
  owner_id uuid not null references owner (id),
  live_since timestamptz,
  seen_at timestamptz not null,
  codecs text,
  problem text
);
grant select, insert, update on video_stream to shisu_web;

-- One file a minute or so: head, and where each part of it lies ([offset, bytes, started ms, lasts ms]).
create table video_file (
  camera_id uuid not null,
  started_at timestamptz not null,
  ended_at timestamptz not null,
  owner_id uuid not null references owner (id),
  session uuid not null,
  path text not null,
  bytes bigint not null check (bytes > 0),
  head_bytes integer not null check (head_bytes > 0),
  parts jsonb not null,
  codecs text not null,
  sha256 text,
  -- Why it outlives its time: evidence.
  kept_for text,
  primary key (camera_id, started_at),
  check (ended_at >= started_at)
);
create index video_file_oldest on video_file (started_at) where kept_for is null;
grant select, insert, update, delete on video_file to shisu_web;

insert into rule (name, valid_from, value, unit, article, mark, note) values
  ('video.keep-days', '1900-01-01', 30, 'DAY', '—', 'P', '录像保存天数；学校食堂等另有规定的，从其规定'),
  ('video.evidence-days', '1900-01-01', 730, 'DAY', '—', 'P', '作为证据留下的录像保存天数');

-- Drafted from the declarations by npm run migrate:draft; reviewed before it is committed.

-- 摄像机
create table video_camera (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'running',
  void_reason text,
  region text not null,
  name text not null,
  stream text not null,
  channel text,
  scene text not null,
  recording text not null,
  device uuid,
  site uuid,
  room text,
  place_lng numeric(9,6),
  place_lat numeric(8,6),
  remark text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint video_camera_pkey primary key (owner_id, id),
  constraint video_camera_version check (version > 0),
  constraint video_camera_state check (state in ('running', 'stopped', 'void')),
  constraint video_camera_void check ((state = 'void') = (void_reason is not null)),
  constraint video_camera_name_1 check (char_length(name) between 1 and 60),
  constraint video_camera_stream_1 check (char_length(stream) between 1 and 40),
  constraint video_camera_channel_1 check (char_length(channel) between 1 and 40),
  constraint video_camera_scene_1 check (scene in ('kitchen', 'store', 'vehicle', 'hall', 'entrance', 'plant')),
  constraint video_camera_recording_1 check (recording in ('yes', 'no')),
  constraint video_camera_room_1 check (char_length(room) between 1 and 60),
  constraint video_camera_place_1 check (place_lng between -180 and 180),
  constraint video_camera_place_2 check (place_lat between -90 and 90),
  constraint video_camera_place_3 check ((place_lng is null) = (place_lat is null)),
  constraint video_camera_remark_1 check (char_length(remark) between 1 and 300)
);
create index video_camera_by_id on video_camera (id);
create index video_camera_by_county on video_camera (county, id);
create index video_camera_by_city on video_camera (city, id);
create index video_camera_by_search on video_camera using gin (search);
create or replace function video_camera_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.stream is not null and (new.stream is distinct from old.stream or new.state = 'void') then
    delete from claim where namespace = 'video-camera.stream' and key = old.stream and owner_id = old.owner_id;
  end if;
  if new.stream is not null and new.state <> 'void' and (tg_op = 'INSERT' or new.stream is distinct from old.stream) then
    insert into claim (namespace, key, owner_id, record_id) values ('video-camera.stream', new.stream, new.owner_id, new.id);
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'video-camera', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'stream', new.stream, 'channel', new.channel, 'scene', new.scene, 'recording', new.recording, 'device', new.device, 'site', new.site, 'room', new.room, 'place', case when new.place_lng is null then null else jsonb_build_object('lng', trim_scale(new.place_lng), 'lat', trim_scale(new.place_lat)) end, 'remark', new.remark, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger video_camera_changed after insert or update on video_camera for each row execute function video_camera_changed();
grant select, insert, update on video_camera to shisu_web;

-- 视频截图
create table video_snapshot (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
  region text not null,
  camera uuid not null,
  taken_at timestamptz not null,
  picture text[] not null,
  alarm uuid,
  remark text,
  stored text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint video_snapshot_pkey primary key (owner_id, id),
  constraint video_snapshot_version check (version > 0),
  constraint video_snapshot_state check (state in ('active', 'void')),
  constraint video_snapshot_void check ((state = 'void') = (void_reason is not null)),
  constraint video_snapshot_taken_at_1 check (taken_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint video_snapshot_picture_1 check (cardinality(picture) <= 1),
  constraint video_snapshot_remark_1 check (char_length(remark) between 1 and 300),
  constraint video_snapshot_stored_1 check (stored in ('yes', 'no'))
);
create index video_snapshot_by_id on video_snapshot (id);
create index video_snapshot_by_owner on video_snapshot (owner_id, taken_at, id);
create index video_snapshot_by_county on video_snapshot (county, taken_at, id);
create index video_snapshot_by_city on video_snapshot (city, taken_at, id);
create index video_snapshot_by_search on video_snapshot using gin (search);
create or replace function video_snapshot_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'video-snapshot', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'camera', new.camera, 'takenAt', to_char(new.taken_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'picture', to_jsonb(new.picture), 'alarm', new.alarm, 'remark', new.remark, 'stored', new.stored, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger video_snapshot_changed after insert or update on video_snapshot for each row execute function video_snapshot_changed();
grant select, insert, update on video_snapshot to shisu_web;

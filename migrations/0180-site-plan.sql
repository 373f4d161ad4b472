-- Drafted from the declarations by npm run migrate:draft; reviewed before it is committed.

alter table field_device add column plan uuid;
alter table field_device add column plan_x bigint;
alter table field_device add column plan_y bigint;
alter table field_device add constraint field_device_plan_x_1 check (plan_x between 0 and 1000) not valid;
alter table field_device validate constraint field_device_plan_x_1;
alter table field_device add constraint field_device_plan_y_1 check (plan_y between 0 and 1000) not valid;
alter table field_device validate constraint field_device_plan_y_1;
alter table field_device add constraint field_device__placed_whole check ((plan is null) = (plan_x is null) and (plan is null) = (plan_y is null)) not valid;
alter table field_device validate constraint field_device__placed_whole;
create index field_device_by_plan on field_device (plan, id) where plan is not null;
create or replace function field_device_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.code is not null and (new.code is distinct from old.code or new.state = 'void') then
    delete from claim where namespace = 'field-device.code' and key = old.code and owner_id = old.owner_id;
  end if;
  if new.code is not null and new.state <> 'void' and (tg_op = 'INSERT' or new.code is distinct from old.code) then
    insert into claim (namespace, key, owner_id, record_id) values ('field-device.code', new.code, new.owner_id, new.id);
  end if;
  if tg_op = 'UPDATE' and old.identity is not null and (new.identity is distinct from old.identity or new.state = 'void') then
    delete from claim where namespace = 'field-device.identity' and key = old.identity and owner_id = old.owner_id;
  end if;
  if new.identity is not null and new.state <> 'void' and (tg_op = 'INSERT' or new.identity is distinct from old.identity) then
    insert into claim (namespace, key, owner_id, record_id) values ('field-device.identity', new.identity, new.owner_id, new.id);
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'field-device', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'code', new.code, 'name', new.name, 'model', new.model, 'maker', new.maker, 'makerModel', new.maker_model, 'mac', new.mac, 'protocol', new.protocol, 'identity', new.identity, 'site', new.site, 'room', new.room, 'asset', new.asset, 'grouping', new.grouping, 'place', case when new.place_lng is null then null else jsonb_build_object('lng', trim_scale(new.place_lng), 'lat', trim_scale(new.place_lat)) end, 'plan', new.plan, 'planX', new.plan_x, 'planY', new.plan_y, 'intervalSecond', new.interval_second, 'calibratedOn', to_char(new.calibrated_on, 'YYYY-MM-DD'), 'calibrationDue', to_char(new.calibration_due, 'YYYY-MM-DD'), 'firmware', new.firmware, 'source', new.source, 'remark', new.remark, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

-- 场所平面图
create table site_plan (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
  region text not null,
  name text not null,
  site uuid,
  picture text[] not null,
  remark text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint site_plan_pkey primary key (owner_id, id),
  constraint site_plan_version check (version > 0),
  constraint site_plan_state check (state in ('active', 'void')),
  constraint site_plan_void check ((state = 'void') = (void_reason is not null)),
  constraint site_plan_name_1 check (char_length(name) between 1 and 60),
  constraint site_plan_picture_1 check (cardinality(picture) <= 1),
  constraint site_plan_remark_1 check (char_length(remark) between 1 and 300)
);
create index site_plan_by_id on site_plan (id);
create index site_plan_by_county on site_plan (county, id);
create index site_plan_by_city on site_plan (city, id);
create index site_plan_by_search on site_plan using gin (search);
create index site_plan_by_site on site_plan (site, id) where site is not null;
create or replace function site_plan_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'site-plan', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'site', new.site, 'picture', to_jsonb(new.picture), 'remark', new.remark, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger site_plan_changed after insert or update on site_plan for each row execute function site_plan_changed();
grant select, insert, update on site_plan to shisu_web;

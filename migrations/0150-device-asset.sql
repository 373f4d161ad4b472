-- Drafted from the declarations by npm run migrate:draft; reviewed before it is committed.

alter table field_device add column asset text;
alter table field_device add constraint field_device_asset_1 check (char_length(asset) between 1 and 30) not valid;
alter table field_device validate constraint field_device_asset_1;
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
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'code', new.code, 'name', new.name, 'model', new.model, 'maker', new.maker, 'makerModel', new.maker_model, 'mac', new.mac, 'protocol', new.protocol, 'identity', new.identity, 'site', new.site, 'room', new.room, 'asset', new.asset, 'grouping', new.grouping, 'place', case when new.place_lng is null then null else jsonb_build_object('lng', trim_scale(new.place_lng), 'lat', trim_scale(new.place_lat)) end, 'intervalSecond', new.interval_second, 'calibratedOn', to_char(new.calibrated_on, 'YYYY-MM-DD'), 'calibrationDue', to_char(new.calibration_due, 'YYYY-MM-DD'), 'firmware', new.firmware, 'source', new.source, 'remark', new.remark, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

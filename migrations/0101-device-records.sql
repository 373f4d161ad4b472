-- Drafted from the declarations by npm run migrate:draft; reviewed before it is committed.

alter table morning_check add column source text;
alter table morning_check add column device uuid;
alter table morning_check add constraint morning_check_source_1 check (source in ('device', 'hand')) not valid;
alter table morning_check validate constraint morning_check_source_1;
create or replace function morning_check_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'morning-check', new.id, new.version, 2,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'day', to_char(new.day, 'YYYY-MM-DD'), 'person', new.person, 'checkedAt', to_char(new.checked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'temperature', case when new.temperature is null then null else jsonb_build_object('value', trim_scale(new.temperature)::text, 'unit', new.temperature_unit) end, 'symptom', new.symptom, 'hands', new.hands, 'result', new.result, 'measure', new.measure, 'checker', new.checker, 'photo', to_jsonb(new.photo), 'source', new.source, 'device', new.device, 'personId', new.person_id, 'sealed', new.sealed, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

alter table retained_sample add column source text;
alter table retained_sample add column device uuid;
alter table retained_sample add constraint retained_sample_source_1 check (source in ('device', 'hand')) not valid;
alter table retained_sample validate constraint retained_sample_source_1;
create or replace function retained_sample_changed() returns trigger language plpgsql as $$
begin
  if not coalesce(new.amount >= rule_value('retained-sample.amount-gram', (new.taken_at at time zone 'Asia/Shanghai')::date), true) then
    raise exception using errcode = '23514', constraint = 'retained_sample__enough', message = 'rule';
  end if;
  if not coalesce(new.disposed_at is null or new.disposed_at >= new.taken_at + rule_value('retained-sample.keep-hours', (new.taken_at at time zone 'Asia/Shanghai')::date) * interval '1 hour', true) then
    raise exception using errcode = '23514', constraint = 'retained_sample__kept_long_enough', message = 'rule';
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'retained-sample', new.id, new.version, 2,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'dish', new.dish, 'meal', new.meal, 'takenAt', to_char(new.taken_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'amount', case when new.amount is null then null else jsonb_build_object('value', trim_scale(new.amount)::text, 'unit', new.amount_unit) end, 'box', new.box, 'cabinet', new.cabinet, 'temperature', case when new.temperature is null then null else jsonb_build_object('value', trim_scale(new.temperature)::text, 'unit', new.temperature_unit) end, 'taker', new.taker, 'photo', to_jsonb(new.photo), 'disposedAt', to_char(new.disposed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'disposer', new.disposer, 'source', new.source, 'device', new.device, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

-- 中心温度
create table core_temperature (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
  region text not null,
  dish text not null,
  temperature numeric(18,6) not null,
  temperature_unit text not null,
  measured_at timestamptz not null,
  batch text,
  source text not null,
  device uuid,
  person text,
  measure text,
  photo text[],
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  late boolean generated always as (created_at - measured_at > interval '24 hours') stored,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint core_temperature_pkey primary key (owner_id, id),
  constraint core_temperature_version check (version > 0),
  constraint core_temperature_state check (state in ('active', 'void')),
  constraint core_temperature_void check ((state = 'void') = (void_reason is not null)),
  constraint core_temperature_dish_1 check (char_length(dish) between 1 and 60),
  constraint core_temperature_temperature_1 check (temperature between -20 and 150),
  constraint core_temperature_temperature_2 check (temperature_unit in ('CEL')),
  constraint core_temperature_temperature_3 check ((temperature is null) = (temperature_unit is null)),
  constraint core_temperature_measured_at_1 check (measured_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint core_temperature_batch_1 check (char_length(batch) between 1 and 30),
  constraint core_temperature_source_1 check (source in ('device', 'hand')),
  constraint core_temperature_person_1 check (char_length(person) between 1 and 40),
  constraint core_temperature_measure_1 check (char_length(measure) between 1 and 200),
  constraint core_temperature_photo_1 check (cardinality(photo) <= 3)
);
create index core_temperature_by_id on core_temperature (id);
create index core_temperature_by_owner on core_temperature (owner_id, measured_at, id);
create index core_temperature_by_county on core_temperature (county, measured_at, id);
create index core_temperature_by_city on core_temperature (city, measured_at, id);
create index core_temperature_by_search on core_temperature using gin (search);
create or replace function core_temperature_changed() returns trigger language plpgsql as $$
begin
  if not coalesce(new.source = 'device' or new.temperature >= rule_value('core-temperature.min', (new.measured_at at time zone 'Asia/Shanghai')::date) or new.measure is not null, true) then
    raise exception using errcode = '23514', constraint = 'core_temperature__cooked_through', message = 'rule';
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'core-temperature', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'dish', new.dish, 'temperature', case when new.temperature is null then null else jsonb_build_object('value', trim_scale(new.temperature)::text, 'unit', new.temperature_unit) end, 'measuredAt', to_char(new.measured_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'batch', new.batch, 'source', new.source, 'device', new.device, 'person', new.person, 'measure', new.measure, 'photo', to_jsonb(new.photo), 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger core_temperature_changed after insert or update on core_temperature for each row execute function core_temperature_changed();
grant select, insert, update on core_temperature to shisu_web;

-- 食用油品质
create table oil_check (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
  region text not null,
  pan text not null,
  polar numeric(18,6) not null,
  polar_unit text not null,
  measured_at timestamptz not null,
  temperature numeric(18,6),
  temperature_unit text,
  source text not null,
  device uuid,
  person text,
  measure text,
  photo text[],
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  late boolean generated always as (created_at - measured_at > interval '24 hours') stored,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint oil_check_pkey primary key (owner_id, id),
  constraint oil_check_version check (version > 0),
  constraint oil_check_state check (state in ('active', 'void')),
  constraint oil_check_void check ((state = 'void') = (void_reason is not null)),
  constraint oil_check_pan_1 check (char_length(pan) between 1 and 30),
  constraint oil_check_polar_1 check (polar between 0 and 40),
  constraint oil_check_polar_2 check (polar_unit in ('P1')),
  constraint oil_check_polar_3 check ((polar is null) = (polar_unit is null)),
  constraint oil_check_measured_at_1 check (measured_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint oil_check_temperature_1 check (temperature between 0 and 300),
  constraint oil_check_temperature_2 check (temperature_unit in ('CEL')),
  constraint oil_check_temperature_3 check ((temperature is null) = (temperature_unit is null)),
  constraint oil_check_source_1 check (source in ('device', 'hand')),
  constraint oil_check_person_1 check (char_length(person) between 1 and 40),
  constraint oil_check_measure_1 check (char_length(measure) between 1 and 200),
  constraint oil_check_photo_1 check (cardinality(photo) <= 3)
);
create index oil_check_by_id on oil_check (id);
create index oil_check_by_owner on oil_check (owner_id, measured_at, id);
create index oil_check_by_county on oil_check (county, measured_at, id);
create index oil_check_by_city on oil_check (city, measured_at, id);
create index oil_check_by_search on oil_check using gin (search);
create or replace function oil_check_changed() returns trigger language plpgsql as $$
begin
  if not coalesce(new.source = 'device' or new.polar <= rule_value('oil.polar-max', (new.measured_at at time zone 'Asia/Shanghai')::date) or new.measure is not null, true) then
    raise exception using errcode = '23514', constraint = 'oil_check__oil_fit', message = 'rule';
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'oil-check', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'pan', new.pan, 'polar', case when new.polar is null then null else jsonb_build_object('value', trim_scale(new.polar)::text, 'unit', new.polar_unit) end, 'measuredAt', to_char(new.measured_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'temperature', case when new.temperature is null then null else jsonb_build_object('value', trim_scale(new.temperature)::text, 'unit', new.temperature_unit) end, 'source', new.source, 'device', new.device, 'person', new.person, 'measure', new.measure, 'photo', to_jsonb(new.photo), 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger oil_check_changed after insert or update on oil_check for each row execute function oil_check_changed();
grant select, insert, update on oil_check to shisu_web;

-- 紫外线消毒
create table uv_disinfection (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
  region text not null,
  room text not null,
  minutes bigint not null,
  ended_at timestamptz not null,
  occupied text,
  source text not null,
  device uuid,
  person text,
  measure text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  late boolean generated always as (created_at - ended_at > interval '24 hours') stored,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint uv_disinfection_pkey primary key (owner_id, id),
  constraint uv_disinfection_version check (version > 0),
  constraint uv_disinfection_state check (state in ('active', 'void')),
  constraint uv_disinfection_void check ((state = 'void') = (void_reason is not null)),
  constraint uv_disinfection_room_1 check (char_length(room) between 1 and 40),
  constraint uv_disinfection_minutes_1 check (minutes between 0 and 600),
  constraint uv_disinfection_ended_at_1 check (ended_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint uv_disinfection_occupied_1 check (occupied in ('no', 'yes')),
  constraint uv_disinfection_source_1 check (source in ('device', 'hand')),
  constraint uv_disinfection_person_1 check (char_length(person) between 1 and 40),
  constraint uv_disinfection_measure_1 check (char_length(measure) between 1 and 200)
);
create index uv_disinfection_by_id on uv_disinfection (id);
create index uv_disinfection_by_owner on uv_disinfection (owner_id, ended_at, id);
create index uv_disinfection_by_county on uv_disinfection (county, ended_at, id);
create index uv_disinfection_by_city on uv_disinfection (city, ended_at, id);
create index uv_disinfection_by_search on uv_disinfection using gin (search);
create or replace function uv_disinfection_changed() returns trigger language plpgsql as $$
begin
  if not coalesce(new.source = 'device' or new.minutes >= rule_value('uv.minutes-min', (new.ended_at at time zone 'Asia/Shanghai')::date) or new.measure is not null, true) then
    raise exception using errcode = '23514', constraint = 'uv_disinfection__long_enough', message = 'rule';
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'uv-disinfection', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'room', new.room, 'minutes', new.minutes, 'endedAt', to_char(new.ended_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'occupied', new.occupied, 'source', new.source, 'device', new.device, 'person', new.person, 'measure', new.measure, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger uv_disinfection_changed after insert or update on uv_disinfection for each row execute function uv_disinfection_changed();
grant select, insert, update on uv_disinfection to shisu_web;

-- 燃气检查
create table gas_check (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
  region text not null,
  place text not null,
  valve text not null,
  checked_at timestamptz not null,
  concentration numeric(18,6),
  concentration_unit text,
  source text not null,
  device uuid,
  person text,
  measure text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  late boolean generated always as (created_at - checked_at > interval '24 hours') stored,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint gas_check_pkey primary key (owner_id, id),
  constraint gas_check_version check (version > 0),
  constraint gas_check_state check (state in ('active', 'void')),
  constraint gas_check_void check ((state = 'void') = (void_reason is not null)),
  constraint gas_check_place_1 check (char_length(place) between 1 and 40),
  constraint gas_check_valve_1 check (valve in ('closed', 'open')),
  constraint gas_check_checked_at_1 check (checked_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint gas_check_concentration_1 check (concentration between 0 and 100),
  constraint gas_check_concentration_2 check (concentration_unit in ('P1')),
  constraint gas_check_concentration_3 check ((concentration is null) = (concentration_unit is null)),
  constraint gas_check_source_1 check (source in ('device', 'hand')),
  constraint gas_check_person_1 check (char_length(person) between 1 and 40),
  constraint gas_check_measure_1 check (char_length(measure) between 1 and 200),
  constraint gas_check__left_open_explained check (source = 'device' or valve = 'closed' or measure is not null)
);
create index gas_check_by_id on gas_check (id);
create index gas_check_by_owner on gas_check (owner_id, checked_at, id);
create index gas_check_by_county on gas_check (county, checked_at, id);
create index gas_check_by_city on gas_check (city, checked_at, id);
create index gas_check_by_search on gas_check using gin (search);
create or replace function gas_check_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'gas-check', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'place', new.place, 'valve', new.valve, 'checkedAt', to_char(new.checked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'concentration', case when new.concentration is null then null else jsonb_build_object('value', trim_scale(new.concentration)::text, 'unit', new.concentration_unit) end, 'source', new.source, 'device', new.device, 'person', new.person, 'measure', new.measure, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger gas_check_changed after insert or update on gas_check for each row execute function gas_check_changed();
grant select, insert, update on gas_check to shisu_web;

-- 挡鼠板检查
create table rat_board_check (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
  region text not null,
  place text not null,
  in_place text not null,
  checked_at timestamptz not null,
  source text not null,
  device uuid,
  person text,
  measure text,
  photo text[],
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  late boolean generated always as (created_at - checked_at > interval '24 hours') stored,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint rat_board_check_pkey primary key (owner_id, id),
  constraint rat_board_check_version check (version > 0),
  constraint rat_board_check_state check (state in ('active', 'void')),
  constraint rat_board_check_void check ((state = 'void') = (void_reason is not null)),
  constraint rat_board_check_place_1 check (char_length(place) between 1 and 40),
  constraint rat_board_check_in_place_1 check (in_place in ('yes', 'no')),
  constraint rat_board_check_checked_at_1 check (checked_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint rat_board_check_source_1 check (source in ('device', 'hand')),
  constraint rat_board_check_person_1 check (char_length(person) between 1 and 40),
  constraint rat_board_check_measure_1 check (char_length(measure) between 1 and 200),
  constraint rat_board_check_photo_1 check (cardinality(photo) <= 3),
  constraint rat_board_check__away_explained check (source = 'device' or in_place = 'yes' or measure is not null)
);
create index rat_board_check_by_id on rat_board_check (id);
create index rat_board_check_by_owner on rat_board_check (owner_id, checked_at, id);
create index rat_board_check_by_county on rat_board_check (county, checked_at, id);
create index rat_board_check_by_city on rat_board_check (city, checked_at, id);
create index rat_board_check_by_search on rat_board_check using gin (search);
create or replace function rat_board_check_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'rat-board-check', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'place', new.place, 'inPlace', new.in_place, 'checkedAt', to_char(new.checked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'source', new.source, 'device', new.device, 'person', new.person, 'measure', new.measure, 'photo', to_jsonb(new.photo), 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger rat_board_check_changed after insert or update on rat_board_check for each row execute function rat_board_check_changed();
grant select, insert, update on rat_board_check to shisu_web;

-- 采购单
create table purchase_order (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
  region text not null,
  number text not null,
  supplier text not null,
  deliver_on date not null,
  goods jsonb not null,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint purchase_order_pkey primary key (owner_id, id),
  constraint purchase_order_version check (version > 0),
  constraint purchase_order_state check (state in ('active', 'void')),
  constraint purchase_order_void check ((state = 'void') = (void_reason is not null)),
  constraint purchase_order_number_1 check (char_length(number) between 1 and 40),
  constraint purchase_order_supplier_1 check (char_length(supplier) between 1 and 80),
  constraint purchase_order_deliver_on_1 check (deliver_on between '1900-01-01' and '2199-12-31'),
  constraint purchase_order_goods_1 check (jsonb_typeof(goods) = 'array'),
  constraint purchase_order_goods_2 check (jsonb_array_length(goods) <= 200)
);
create index purchase_order_by_id on purchase_order (id);
create index purchase_order_by_owner on purchase_order (owner_id, deliver_on, id);
create index purchase_order_by_county on purchase_order (county, deliver_on, id);
create index purchase_order_by_city on purchase_order (city, deliver_on, id);
create index purchase_order_by_search on purchase_order using gin (search);
create or replace function purchase_order_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'purchase-order', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'number', new.number, 'supplier', new.supplier, 'deliverOn', to_char(new.deliver_on, 'YYYY-MM-DD'), 'goods', new.goods, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger purchase_order_changed after insert or update on purchase_order for each row execute function purchase_order_changed();
grant select, insert, update on purchase_order to shisu_web;

-- 过秤验收
create table scale_receipt (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
  region text not null,
  article text not null,
  weight numeric(18,6) not null,
  weight_unit text not null,
  weighed_at timestamptz not null,
  purchase uuid,
  ordered numeric(18,6),
  ordered_unit text,
  lot text,
  supplier text,
  source text not null,
  device uuid,
  receiver text,
  difference text,
  photo text[],
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  late boolean generated always as (created_at - weighed_at > interval '24 hours') stored,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint scale_receipt_pkey primary key (owner_id, id),
  constraint scale_receipt_version check (version > 0),
  constraint scale_receipt_state check (state in ('active', 'void')),
  constraint scale_receipt_void check ((state = 'void') = (void_reason is not null)),
  constraint scale_receipt_article_1 check (char_length(article) between 1 and 60),
  constraint scale_receipt_weight_1 check (weight between 0 and 100000),
  constraint scale_receipt_weight_2 check (weight_unit in ('KGM')),
  constraint scale_receipt_weight_3 check ((weight is null) = (weight_unit is null)),
  constraint scale_receipt_weighed_at_1 check (weighed_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint scale_receipt_ordered_1 check (ordered between 0 and 100000),
  constraint scale_receipt_ordered_2 check (ordered_unit in ('KGM')),
  constraint scale_receipt_ordered_3 check ((ordered is null) = (ordered_unit is null)),
  constraint scale_receipt_lot_1 check (char_length(lot) between 1 and 40),
  constraint scale_receipt_supplier_1 check (char_length(supplier) between 1 and 80),
  constraint scale_receipt_source_1 check (source in ('device', 'hand')),
  constraint scale_receipt_receiver_1 check (char_length(receiver) between 1 and 40),
  constraint scale_receipt_difference_1 check (char_length(difference) between 1 and 200),
  constraint scale_receipt_photo_1 check (cardinality(photo) <= 3)
);
create index scale_receipt_by_id on scale_receipt (id);
create index scale_receipt_by_owner on scale_receipt (owner_id, weighed_at, id);
create index scale_receipt_by_county on scale_receipt (county, weighed_at, id);
create index scale_receipt_by_city on scale_receipt (city, weighed_at, id);
create index scale_receipt_by_search on scale_receipt using gin (search);
create or replace function scale_receipt_changed() returns trigger language plpgsql as $$
begin
  if not coalesce(new.source = 'device' or new.ordered is null or abs(new.weight - new.ordered) <= new.ordered * rule_value('scale-receipt.tolerance', (new.weighed_at at time zone 'Asia/Shanghai')::date) / 100 or new.difference is not null, true) then
    raise exception using errcode = '23514', constraint = 'scale_receipt__difference_explained', message = 'rule';
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'scale-receipt', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'article', new.article, 'weight', case when new.weight is null then null else jsonb_build_object('value', trim_scale(new.weight)::text, 'unit', new.weight_unit) end, 'weighedAt', to_char(new.weighed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'purchase', new.purchase, 'ordered', case when new.ordered is null then null else jsonb_build_object('value', trim_scale(new.ordered)::text, 'unit', new.ordered_unit) end, 'lot', new.lot, 'supplier', new.supplier, 'source', new.source, 'device', new.device, 'receiver', new.receiver, 'difference', new.difference, 'photo', to_jsonb(new.photo), 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger scale_receipt_changed after insert or update on scale_receipt for each row execute function scale_receipt_changed();
grant select, insert, update on scale_receipt to shisu_web;

alter table device_alarm add column withdrawn_at timestamptz;
alter table device_alarm add constraint device_alarm_withdrawn_at_1 check (withdrawn_at between '1900-01-01Z' and '2200-01-01Z') not valid;
alter table device_alarm validate constraint device_alarm_withdrawn_at_1;
create or replace function device_alarm_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'device-alarm', new.id, new.version, 2,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'title', new.title, 'device', new.device, 'raisedAt', to_char(new.raised_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'severity', new.severity, 'advice', new.advice, 'beganAt', to_char(new.began_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'clearedAt', to_char(new.cleared_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'withdrawnAt', to_char(new.withdrawn_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'level', new.level, 'rule', new.rule, 'ruleVersion', new.rule_version, 'clause', new.clause, 'value', new.value, 'bound', new.bound, 'peak', new.peak, 'calibrationDue', to_char(new.calibration_due, 'YYYY-MM-DD'), 'evidence', new.evidence, 'course', new.course, 'goods', new.goods, 'picture', to_jsonb(new.picture), 'assignee', new.assignee, 'dueAt', to_char(new.due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'measure', new.measure, 'photos', to_jsonb(new.photos), 'signOff', new.sign_off, 'reason', new.reason, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

insert into rule (name, valid_from, value, unit, article, mark, note) values
  ('scale-receipt.tolerance', '1900-01-01', 2, 'P1', '—', 'P', '过秤与采购单的允许差异，百分之几');

-- Where a rule stands on a device: what the alarm engine goes on from, and points to go back to when data come late.
create table alarm_track (
  device_id uuid not null,
  rule_id uuid not null,
  owner_id uuid not null,
  rule_version integer not null,
  -- Readings of before are not judged by this version.
  since timestamptz not null,
  state jsonb not null,
  marks jsonb not null,
  episodes jsonb not null,
  updated_at timestamptz not null,
  primary key (device_id, rule_id)
);
grant select, insert, update on alarm_track to shisu_web;

-- What people did about alarms, in the order in which it became known: part of the timeline that alarms are derived from.
create table alarm_act (
  seq bigint generated always as identity primary key,
  device_id uuid not null,
  rule_id uuid not null,
  at timestamptz not null,
  act text not null check (act in ('acknowledge', 'confirm', 'reject')),
  unique (device_id, rule_id, at, act)
);
grant select, insert on alarm_act to shisu_web;

-- What devices are told: kept until it is answered or given up.
create table device_command (
  id uuid primary key,
  device_id uuid not null,
  owner_id uuid not null,
  name text not null,
  parameters jsonb not null,
  state text not null default 'waiting' check (state in ('waiting', 'sent', 'done', 'refused', 'timed-out')),
  attempts integer not null default 0,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  sent_at timestamptz,
  answered_at timestamptz,
  answer text
);
create index device_command_of_device on device_command (device_id, created_at desc);
create index device_command_open on device_command (expires_at) where state in ('waiting', 'sent');
grant select, insert on device_command to shisu_web;
grant update (state, attempts, sent_at, answered_at, answer) on device_command to shisu_web;

-- Drafted from the declarations by npm run migrate:draft; reviewed before it is committed.

-- 设备
create table field_device (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'running',
  void_reason text,
  region text not null,
  code text not null,
  name text not null,
  model text not null,
  maker text,
  maker_model text,
  mac text,
  protocol text not null,
  identity text not null,
  site uuid,
  room text,
  grouping text,
  place_lng numeric(9,6),
  place_lat numeric(8,6),
  interval_second bigint not null,
  calibrated_on date,
  calibration_due date,
  firmware text,
  source text,
  remark text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint field_device_pkey primary key (owner_id, id),
  constraint field_device_version check (version > 0),
  constraint field_device_state check (state in ('running', 'stopped', 'void')),
  constraint field_device_void check ((state = 'void') = (void_reason is not null)),
  constraint field_device_code_1 check (char_length(code) between 1 and 40),
  constraint field_device_name_1 check (char_length(name) between 1 and 60),
  constraint field_device_model_1 check (model ~ '^[0-9A-Z]{1,40}$'),
  constraint field_device_maker_1 check (char_length(maker) between 1 and 80),
  constraint field_device_maker_model_1 check (char_length(maker_model) between 1 and 60),
  constraint field_device_mac_1 check (char_length(mac) between 1 and 17),
  constraint field_device_protocol_1 check (protocol in ('mqtt', 'http', 'hj212', 'jt808', 'gb26875', 'modbus', 'opcua', 'frame', 'video')),
  constraint field_device_identity_1 check (char_length(identity) between 1 and 120),
  constraint field_device_room_1 check (char_length(room) between 1 and 60),
  constraint field_device_grouping_1 check (char_length(grouping) between 1 and 40),
  constraint field_device_place_1 check (place_lng between -180 and 180),
  constraint field_device_place_2 check (place_lat between -90 and 90),
  constraint field_device_place_3 check ((place_lng is null) = (place_lat is null)),
  constraint field_device_interval_second_1 check (interval_second between 1 and 86400),
  constraint field_device_calibrated_on_1 check (calibrated_on between '1900-01-01' and '2199-12-31'),
  constraint field_device_calibration_due_1 check (calibration_due between '1900-01-01' and '2199-12-31'),
  constraint field_device_firmware_1 check (char_length(firmware) between 1 and 40),
  constraint field_device_source_1 check (source in ('filed', 'node')),
  constraint field_device_remark_1 check (char_length(remark) between 1 and 300),
  constraint field_device__due_after_calibrated check (calibration_due >= calibrated_on)
);
create index field_device_by_id on field_device (id);
create index field_device_by_county on field_device (county, id);
create index field_device_by_city on field_device (city, id);
create index field_device_by_search on field_device using gin (search);
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
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'code', new.code, 'name', new.name, 'model', new.model, 'maker', new.maker, 'makerModel', new.maker_model, 'mac', new.mac, 'protocol', new.protocol, 'identity', new.identity, 'site', new.site, 'room', new.room, 'grouping', new.grouping, 'place', case when new.place_lng is null then null else jsonb_build_object('lng', trim_scale(new.place_lng), 'lat', trim_scale(new.place_lat)) end, 'intervalSecond', new.interval_second, 'calibratedOn', to_char(new.calibrated_on, 'YYYY-MM-DD'), 'calibrationDue', to_char(new.calibration_due, 'YYYY-MM-DD'), 'firmware', new.firmware, 'source', new.source, 'remark', new.remark, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger field_device_changed after insert or update on field_device for each row execute function field_device_changed();
grant select, insert, update on field_device to shisu_web;

-- 报警规则
create table alarm_rule (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'draft',
  void_reason text,
  region text not null,
  name text not null,
  model text not null,
  device uuid,
  severity text not null,
  clause text not null,
  conditions jsonb not null,
  for_second bigint,
  quiet_second bigint,
  suppress_by text,
  suppress_max_minute bigint,
  grace_minute bigint,
  escalate_after_minute bigint,
  realarm_after_minute bigint,
  fix_within_hour bigint,
  confirm text,
  advice text not null,
  tried_at timestamptz,
  tried_version bigint,
  trial_alarms bigint,
  trial_devices bigint,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint alarm_rule_pkey primary key (owner_id, id),
  constraint alarm_rule_version check (version > 0),
  constraint alarm_rule_state check (state in ('draft', 'on', 'off', 'void')),
  constraint alarm_rule_void check ((state = 'void') = (void_reason is not null)),
  constraint alarm_rule_name_1 check (char_length(name) between 1 and 60),
  constraint alarm_rule_model_1 check (model ~ '^[0-9A-Z]{1,40}$'),
  constraint alarm_rule_severity_1 check (severity in ('instant', 'fix-by', 'guidance')),
  constraint alarm_rule_clause_1 check (char_length(clause) between 1 and 80),
  constraint alarm_rule_conditions_1 check (jsonb_typeof(conditions) = 'array'),
  constraint alarm_rule_conditions_2 check (jsonb_array_length(conditions) <= 20),
  constraint alarm_rule_for_second_1 check (for_second between 0 and 86400),
  constraint alarm_rule_quiet_second_1 check (quiet_second between 0 and 86400),
  constraint alarm_rule_suppress_by_1 check (char_length(suppress_by) between 1 and 80),
  constraint alarm_rule_suppress_max_minute_1 check (suppress_max_minute between 1 and 60),
  constraint alarm_rule_grace_minute_1 check (grace_minute between 0 and 60),
  constraint alarm_rule_escalate_after_minute_1 check (escalate_after_minute between 1 and 10080),
  constraint alarm_rule_realarm_after_minute_1 check (realarm_after_minute between 1 and 10080),
  constraint alarm_rule_fix_within_hour_1 check (fix_within_hour between 1 and 2160),
  constraint alarm_rule_confirm_1 check (confirm in ('yes', 'no')),
  constraint alarm_rule_advice_1 check (char_length(advice) between 1 and 300),
  constraint alarm_rule_tried_at_1 check (tried_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint alarm_rule_tried_version_1 check (tried_version between 0 and 9007199254740991),
  constraint alarm_rule_trial_alarms_1 check (trial_alarms between 0 and 9007199254740991),
  constraint alarm_rule_trial_devices_1 check (trial_devices between 0 and 9007199254740991),
  constraint alarm_rule__suppression_ends check (suppress_by is null or suppress_max_minute is not null),
  constraint alarm_rule__fix_has_a_date check (severity <> 'fix-by' or fix_within_hour is not null),
  constraint alarm_rule__tried_as_it_is check (state <> 'on' or version = coalesce(tried_version, 0) + 1)
);
create index alarm_rule_by_id on alarm_rule (id);
create index alarm_rule_by_county on alarm_rule (county, id);
create index alarm_rule_by_city on alarm_rule (city, id);
create index alarm_rule_by_search on alarm_rule using gin (search);
create or replace function alarm_rule_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'alarm-rule', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'model', new.model, 'device', new.device, 'severity', new.severity, 'clause', new.clause, 'conditions', new.conditions, 'forSecond', new.for_second, 'quietSecond', new.quiet_second, 'suppressBy', new.suppress_by, 'suppressMaxMinute', new.suppress_max_minute, 'graceMinute', new.grace_minute, 'escalateAfterMinute', new.escalate_after_minute, 'realarmAfterMinute', new.realarm_after_minute, 'fixWithinHour', new.fix_within_hour, 'confirm', new.confirm, 'advice', new.advice, 'triedAt', to_char(new.tried_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'triedVersion', new.tried_version, 'trialAlarms', new.trial_alarms, 'trialDevices', new.trial_devices, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger alarm_rule_changed after insert or update on alarm_rule for each row execute function alarm_rule_changed();
grant select, insert, update on alarm_rule to shisu_web;

-- 设备报警
create table device_alarm (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'open',
  void_reason text,
  region text not null,
  title text not null,
  device uuid not null,
  raised_at timestamptz not null,
  severity text not null,
  advice text,
  began_at timestamptz,
  cleared_at timestamptz,
  level bigint,
  rule uuid,
  rule_version bigint,
  clause text,
  value text,
  bound text,
  peak text,
  calibration_due date,
  evidence jsonb,
  course jsonb,
  goods jsonb,
  picture text[],
  assignee text,
  due_at timestamptz,
  measure text,
  photos text[],
  sign_off jsonb,
  reason text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint device_alarm_pkey primary key (owner_id, id),
  constraint device_alarm_version check (version > 0),
  constraint device_alarm_state check (state in ('open', 'acknowledged', 'rectifying', 'submitted', 'closed', 'rejected', 'void')),
  constraint device_alarm_void check ((state = 'void') = (void_reason is not null)),
  constraint device_alarm_title_1 check (char_length(title) between 1 and 120),
  constraint device_alarm_raised_at_1 check (raised_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint device_alarm_severity_1 check (severity in ('instant', 'fix-by', 'guidance')),
  constraint device_alarm_advice_1 check (char_length(advice) between 1 and 300),
  constraint device_alarm_began_at_1 check (began_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint device_alarm_cleared_at_1 check (cleared_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint device_alarm_level_1 check (level between 1 and 9),
  constraint device_alarm_rule_version_1 check (rule_version between 0 and 9007199254740991),
  constraint device_alarm_clause_1 check (char_length(clause) between 1 and 80),
  constraint device_alarm_value_1 check (char_length(value) between 1 and 60),
  constraint device_alarm_bound_1 check (char_length(bound) between 1 and 60),
  constraint device_alarm_peak_1 check (char_length(peak) between 1 and 60),
  constraint device_alarm_calibration_due_1 check (calibration_due between '1900-01-01' and '2199-12-31'),
  constraint device_alarm_evidence_1 check (jsonb_typeof(evidence) = 'array'),
  constraint device_alarm_evidence_2 check (jsonb_array_length(evidence) <= 60),
  constraint device_alarm_course_1 check (jsonb_typeof(course) = 'array'),
  constraint device_alarm_course_2 check (jsonb_array_length(course) <= 100),
  constraint device_alarm_goods_1 check (jsonb_typeof(goods) = 'array'),
  constraint device_alarm_goods_2 check (jsonb_array_length(goods) <= 100),
  constraint device_alarm_picture_1 check (cardinality(picture) <= 6),
  constraint device_alarm_assignee_1 check (char_length(assignee) between 1 and 40),
  constraint device_alarm_due_at_1 check (due_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint device_alarm_measure_1 check (char_length(measure) between 1 and 500),
  constraint device_alarm_photos_1 check (cardinality(photos) <= 6),
  constraint device_alarm_reason_1 check (char_length(reason) between 1 and 200)
);
create index device_alarm_by_id on device_alarm (id);
create index device_alarm_by_owner on device_alarm (owner_id, raised_at, id);
create index device_alarm_by_county on device_alarm (county, raised_at, id);
create index device_alarm_by_city on device_alarm (city, raised_at, id);
create index device_alarm_by_search on device_alarm using gin (search);
create or replace function device_alarm_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'device-alarm', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'title', new.title, 'device', new.device, 'raisedAt', to_char(new.raised_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'severity', new.severity, 'advice', new.advice, 'beganAt', to_char(new.began_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'clearedAt', to_char(new.cleared_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'level', new.level, 'rule', new.rule, 'ruleVersion', new.rule_version, 'clause', new.clause, 'value', new.value, 'bound', new.bound, 'peak', new.peak, 'calibrationDue', to_char(new.calibration_due, 'YYYY-MM-DD'), 'evidence', new.evidence, 'course', new.course, 'goods', new.goods, 'picture', to_jsonb(new.picture), 'assignee', new.assignee, 'dueAt', to_char(new.due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'measure', new.measure, 'photos', to_jsonb(new.photos), 'signOff', new.sign_off, 'reason', new.reason, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger device_alarm_changed after insert or update on device_alarm for each row execute function device_alarm_changed();
grant select, insert, update on device_alarm to shisu_web;

-- AI 识别
create table ai_finding (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'unconfirmed',
  void_reason text,
  region text not null,
  event text not null,
  device uuid not null,
  seen_at timestamptz not null,
  ended_at timestamptz,
  confidence bigint not null,
  picture text[],
  track text,
  severity text not null,
  advice text,
  rule uuid,
  clause text,
  reason text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint ai_finding_pkey primary key (owner_id, id),
  constraint ai_finding_version check (version > 0),
  constraint ai_finding_state check (state in ('unconfirmed', 'confirmed', 'rejected', 'void')),
  constraint ai_finding_void check ((state = 'void') = (void_reason is not null)),
  constraint ai_finding_event_1 check (char_length(event) between 1 and 60),
  constraint ai_finding_seen_at_1 check (seen_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint ai_finding_ended_at_1 check (ended_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint ai_finding_confidence_1 check (confidence between 0 and 100),
  constraint ai_finding_picture_1 check (cardinality(picture) <= 6),
  constraint ai_finding_track_1 check (char_length(track) between 1 and 60),
  constraint ai_finding_severity_1 check (severity in ('instant', 'fix-by', 'guidance')),
  constraint ai_finding_advice_1 check (char_length(advice) between 1 and 300),
  constraint ai_finding_clause_1 check (char_length(clause) between 1 and 80),
  constraint ai_finding_reason_1 check (char_length(reason) between 1 and 200)
);
create index ai_finding_by_id on ai_finding (id);
create index ai_finding_by_owner on ai_finding (owner_id, seen_at, id);
create index ai_finding_by_county on ai_finding (county, seen_at, id);
create index ai_finding_by_city on ai_finding (city, seen_at, id);
create index ai_finding_by_search on ai_finding using gin (search);
create or replace function ai_finding_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'ai-finding', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'event', new.event, 'device', new.device, 'seenAt', to_char(new.seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'endedAt', to_char(new.ended_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'confidence', new.confidence, 'picture', to_jsonb(new.picture), 'track', new.track, 'severity', new.severity, 'advice', new.advice, 'rule', new.rule, 'clause', new.clause, 'reason', new.reason, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger ai_finding_changed after insert or update on ai_finding for each row execute function ai_finding_changed();
grant select, insert, update on ai_finding to shisu_web;

-- Figures by which devices are judged. M: from memory, to be verified; P: the platform's own proposal.
insert into rule (name, valid_from, value, unit, article, mark, note) values
  ('chilled.max', '1900-01-01', 8, 'CEL', 'GB 31654', 'S', '冷藏温度上限'),
  ('chilled.min', '1900-01-01', 0, 'CEL', 'GB 31654', 'S', '冷藏温度下限'),
  ('frozen.max', '1900-01-01', -12, 'CEL', 'GB 31654', 'S', '冷冻温度上限'),
  ('frozen-logistics.max', '1900-01-01', -18, 'CEL', 'GB 31605', 'S', '冷冻食品物流温度上限'),
  ('hot-holding.min', '1900-01-01', 60, 'CEL', 'GB 31654', 'S', '热藏温度下限，超过 2 小时'),
  ('oil.polar-max', '1900-01-01', 27, 'P1', 'GB 2716', 'M', '煎炸油极性组分上限'),
  ('fume.max', '1900-01-01', 2.0, 'GP', 'GB 18483', 'M', '油烟最高允许排放浓度 mg/m³'),
  ('uv.minutes-min', '1900-01-01', 30, 'MIN', 'GB 31654', 'S', '紫外线消毒时间，须无人'),
  ('dishwasher.rinse-min', '1900-01-01', 85, 'CEL', 'GB 31654', 'S', '洗碗机消毒水温，冲洗 40 秒以上'),
  ('gas.alarm-lel', '1900-01-01', 25, 'P1', 'GB 15322.1', 'M', '可燃气体报警设定值 %LEL'),
  ('pesticide.inhibition-positive', '1900-01-01', 50, 'P1', 'GB/T 5009.199', 'M', '农药残留抑制率阳性'),
  ('oil.temperature-max', '1900-01-01', 230, 'CEL', '—', 'P', '食用油起火前预警温度'),
  ('kinetic-temperature.energy', '1900-01-01', 83.144, 'B15', 'USP 1079', 'M', '平均动力学温度活化能 kJ/mol');

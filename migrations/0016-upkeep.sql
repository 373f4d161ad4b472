-- Drafted from the declarations by npm run migrate:draft; reviewed before it is committed.

-- 存储介质
create table storage_medium (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
  region text not null,
  label text not null,
  medium text not null,
  content text not null,
  level text not null,
  copies text not null,
  custodian text not null,
  place text not null,
  lent_to text,
  lent_on date,
  checked_on date,
  renew_by date,
  remark text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint storage_medium_pkey primary key (owner_id, id),
  constraint storage_medium_version check (version > 0),
  constraint storage_medium_state check (state in ('active', 'void')),
  constraint storage_medium_void check ((state = 'void') = (void_reason is not null)),
  constraint storage_medium_label_1 check (char_length(label) between 1 and 60),
  constraint storage_medium_medium_1 check (medium in ('disk', 'optical', 'tape', 'flash', 'paper')),
  constraint storage_medium_content_1 check (char_length(content) between 1 and 500),
  constraint storage_medium_level_1 check (level in ('ordinary', 'important', 'secret')),
  constraint storage_medium_copies_1 check (copies in ('original', 'copy')),
  constraint storage_medium_custodian_1 check (char_length(custodian) between 1 and 40),
  constraint storage_medium_place_1 check (char_length(place) between 1 and 100),
  constraint storage_medium_lent_to_1 check (char_length(lent_to) between 1 and 40),
  constraint storage_medium_lent_on_1 check (lent_on between '1900-01-01' and '2199-12-31'),
  constraint storage_medium_checked_on_1 check (checked_on between '1900-01-01' and '2199-12-31'),
  constraint storage_medium_renew_by_1 check (renew_by between '1900-01-01' and '2199-12-31'),
  constraint storage_medium_remark_1 check (char_length(remark) between 1 and 500),
  constraint storage_medium__lent_day check ((lent_to is null) = (lent_on is null))
);
create index storage_medium_by_id on storage_medium (id);
create index storage_medium_by_county on storage_medium (county, id);
create index storage_medium_by_city on storage_medium (city, id);
create index storage_medium_by_search on storage_medium using gin (search);
create or replace function storage_medium_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'storage-medium', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'label', new.label, 'medium', new.medium, 'content', new.content, 'level', new.level, 'copies', new.copies, 'custodian', new.custodian, 'place', new.place, 'lentTo', new.lent_to, 'lentOn', to_char(new.lent_on, 'YYYY-MM-DD'), 'checkedOn', to_char(new.checked_on, 'YYYY-MM-DD'), 'renewBy', to_char(new.renew_by, 'YYYY-MM-DD'), 'remark', new.remark, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger storage_medium_changed after insert or update on storage_medium for each row execute function storage_medium_changed();
grant select, insert, update on storage_medium to shisu_web;

-- 销毁登记
create table data_destruction (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
  region text not null,
  thing text not null,
  method text not null,
  reason text not null,
  destroyed_at timestamptz not null,
  approver text not null,
  operator text not null,
  witness text not null,
  evidence jsonb,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint data_destruction_pkey primary key (owner_id, id),
  constraint data_destruction_version check (version > 0),
  constraint data_destruction_state check (state in ('active', 'void')),
  constraint data_destruction_void check ((state = 'void') = (void_reason is not null)),
  constraint data_destruction_thing_1 check (char_length(thing) between 1 and 500),
  constraint data_destruction_method_1 check (method in ('degaussing', 'shredding', 'overwriting', 'key-destruction')),
  constraint data_destruction_reason_1 check (char_length(reason) between 1 and 300),
  constraint data_destruction_destroyed_at_1 check (destroyed_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint data_destruction_approver_1 check (char_length(approver) between 1 and 40),
  constraint data_destruction_operator_1 check (char_length(operator) between 1 and 40),
  constraint data_destruction_witness_1 check (char_length(witness) between 1 and 40),
  constraint data_destruction_evidence_1 check (jsonb_array_length(evidence) <= 5)
);
create index data_destruction_by_id on data_destruction (id);
create index data_destruction_by_owner on data_destruction (owner_id, destroyed_at, id);
create index data_destruction_by_county on data_destruction (county, destroyed_at, id);
create index data_destruction_by_city on data_destruction (city, destroyed_at, id);
create index data_destruction_by_search on data_destruction using gin (search);
create or replace function data_destruction_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'data-destruction', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'thing', new.thing, 'method', new.method, 'reason', new.reason, 'destroyedAt', to_char(new.destroyed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'approver', new.approver, 'operator', new.operator, 'witness', new.witness, 'evidence', new.evidence, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger data_destruction_changed after insert or update on data_destruction for each row execute function data_destruction_changed();
grant select, insert, update on data_destruction to shisu_web;

-- 升级登记
create table system_upgrade (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'planned',
  void_reason text,
  region text not null,
  what text not null,
  part text not null,
  from_version text,
  to_version text not null,
  planned_at timestamptz not null,
  rollback text not null,
  approver text not null,
  operator text not null,
  result text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint system_upgrade_pkey primary key (owner_id, id),
  constraint system_upgrade_version check (version > 0),
  constraint system_upgrade_state check (state in ('planned', 'done', 'rolled-back', 'void')),
  constraint system_upgrade_void check ((state = 'void') = (void_reason is not null)),
  constraint system_upgrade_what_1 check (char_length(what) between 1 and 500),
  constraint system_upgrade_part_1 check (part in ('platform', 'database', 'system', 'network', 'device')),
  constraint system_upgrade_from_version_1 check (char_length(from_version) between 1 and 60),
  constraint system_upgrade_to_version_1 check (char_length(to_version) between 1 and 60),
  constraint system_upgrade_planned_at_1 check (planned_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint system_upgrade_rollback_1 check (char_length(rollback) between 1 and 500),
  constraint system_upgrade_approver_1 check (char_length(approver) between 1 and 40),
  constraint system_upgrade_operator_1 check (char_length(operator) between 1 and 40),
  constraint system_upgrade_result_1 check (char_length(result) between 1 and 500)
);
create index system_upgrade_by_id on system_upgrade (id);
create index system_upgrade_by_owner on system_upgrade (owner_id, planned_at, id);
create index system_upgrade_by_county on system_upgrade (county, planned_at, id);
create index system_upgrade_by_city on system_upgrade (city, planned_at, id);
create index system_upgrade_by_search on system_upgrade using gin (search);
create or replace function system_upgrade_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'system-upgrade', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'what', new.what, 'part', new.part, 'fromVersion', new.from_version, 'toVersion', new.to_version, 'plannedAt', to_char(new.planned_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'rollback', new.rollback, 'approver', new.approver, 'operator', new.operator, 'result', new.result, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger system_upgrade_changed after insert or update on system_upgrade for each row execute function system_upgrade_changed();
grant select, insert, update on system_upgrade to shisu_web;

-- 安全风险评估
create table risk_assessment (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
  region text not null,
  title text not null,
  day date not null,
  assessor text not null,
  scope text not null,
  findings jsonb,
  conclusion text not null,
  report jsonb,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint risk_assessment_pkey primary key (owner_id, id),
  constraint risk_assessment_version check (version > 0),
  constraint risk_assessment_state check (state in ('active', 'void')),
  constraint risk_assessment_void check ((state = 'void') = (void_reason is not null)),
  constraint risk_assessment_title_1 check (char_length(title) between 1 and 100),
  constraint risk_assessment_day_1 check (day between '1900-01-01' and '2199-12-31'),
  constraint risk_assessment_assessor_1 check (char_length(assessor) between 1 and 100),
  constraint risk_assessment_scope_1 check (char_length(scope) between 1 and 500),
  constraint risk_assessment_findings_1 check (jsonb_typeof(findings) = 'array'),
  constraint risk_assessment_findings_2 check (jsonb_array_length(findings) <= 100),
  constraint risk_assessment_conclusion_1 check (char_length(conclusion) between 1 and 1000),
  constraint risk_assessment_report_1 check (jsonb_array_length(report) <= 5)
);
create index risk_assessment_by_id on risk_assessment (id);
create index risk_assessment_by_owner on risk_assessment (owner_id, day, id);
create index risk_assessment_by_county on risk_assessment (county, day, id);
create index risk_assessment_by_city on risk_assessment (city, day, id);
create index risk_assessment_by_search on risk_assessment using gin (search);
create or replace function risk_assessment_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'risk-assessment', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'title', new.title, 'day', to_char(new.day, 'YYYY-MM-DD'), 'assessor', new.assessor, 'scope', new.scope, 'findings', new.findings, 'conclusion', new.conclusion, 'report', new.report, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger risk_assessment_changed after insert or update on risk_assessment for each row execute function risk_assessment_changed();
grant select, insert, update on risk_assessment to shisu_web;

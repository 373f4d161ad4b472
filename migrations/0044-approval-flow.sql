-- Drafted from the declarations by npm run migrate:draft; reviewed before it is committed.

-- 审批流程
create table approval_flow (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'draft',
  void_reason text,
  region text not null,
  name text not null,
  applies_to text,
  on_step text,
  remark text,
  steps jsonb not null,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint approval_flow_pkey primary key (owner_id, id),
  constraint approval_flow_version check (version > 0),
  constraint approval_flow_state check (state in ('draft', 'published', 'retired', 'void')),
  constraint approval_flow_void check ((state = 'void') = (void_reason is not null)),
  constraint approval_flow_name_1 check (char_length(name) between 1 and 60),
  constraint approval_flow_applies_to_1 check (char_length(applies_to) between 1 and 40),
  constraint approval_flow_on_step_1 check (char_length(on_step) between 1 and 40),
  constraint approval_flow_remark_1 check (char_length(remark) between 1 and 300),
  constraint approval_flow_steps_1 check (jsonb_typeof(steps) = 'array'),
  constraint approval_flow_steps_2 check (jsonb_array_length(steps) <= 10),
  constraint approval_flow__step_of_a_kind check (on_step is null or applies_to is not null)
);
create index approval_flow_by_id on approval_flow (id);
create index approval_flow_by_county on approval_flow (county, id);
create index approval_flow_by_city on approval_flow (city, id);
create index approval_flow_by_search on approval_flow using gin (search);
create or replace function approval_flow_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'approval-flow', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'appliesTo', new.applies_to, 'onStep', new.on_step, 'remark', new.remark, 'steps', new.steps, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger approval_flow_changed after insert or update on approval_flow for each row execute function approval_flow_changed();
grant select, insert, update on approval_flow to shisu_web;

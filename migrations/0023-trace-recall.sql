-- Drafted from the declarations by npm run migrate:draft; reviewed before it is committed.

alter table recall_order add column mode text;
alter table recall_order drop constraint recall_order_state;
alter table recall_order add constraint recall_order_state check (state in ('draft', 'issued', 'completed', 'closed', 'drilling', 'drilled', 'void')) not valid;
alter table recall_order validate constraint recall_order_state;
alter table recall_order add constraint recall_order_mode_1 check (mode in ('real', 'drill')) not valid;
alter table recall_order validate constraint recall_order_mode_1;
alter table recall_order add constraint recall_order__drill_stays_a_drill check ((mode is distinct from 'drill' or state in ('draft', 'drilling', 'drilled', 'void')) and (mode = 'drill' or state not in ('drilling', 'drilled'))) not valid;
alter table recall_order validate constraint recall_order__drill_stays_a_drill;
create or replace function recall_order_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'recall-order', new.id, new.version, 2,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'number', new.number, 'subject', new.subject, 'mode', new.mode, 'level', new.level, 'decidedAt', to_char(new.decided_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'reason', new.reason, 'lots', new.lots, 'measures', new.measures, 'report', new.report, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

-- 召回任务
create table recall_task (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'notified',
  void_reason text,
  region text not null,
  recall uuid not null,
  holder uuid not null,
  mode text not null,
  reason text not null,
  sent_at timestamptz not null,
  due_at timestamptz not null,
  finish_by timestamptz not null,
  goods jsonb,
  contact text,
  stopped text,
  report text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  about_id uuid generated always as (holder) stored,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint recall_task_pkey primary key (owner_id, id),
  constraint recall_task_version check (version > 0),
  constraint recall_task_state check (state in ('notified', 'acknowledged', 'reported', 'verified', 'void')),
  constraint recall_task_void check ((state = 'void') = (void_reason is not null)),
  constraint recall_task_mode_1 check (mode in ('real', 'drill')),
  constraint recall_task_reason_1 check (char_length(reason) between 1 and 500),
  constraint recall_task_sent_at_1 check (sent_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint recall_task_due_at_1 check (due_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint recall_task_finish_by_1 check (finish_by between '1900-01-01Z' and '2200-01-01Z'),
  constraint recall_task_goods_1 check (jsonb_typeof(goods) = 'array'),
  constraint recall_task_goods_2 check (jsonb_array_length(goods) <= 300),
  constraint recall_task_contact_1 check (char_length(contact) between 1 and 40),
  constraint recall_task_stopped_1 check (char_length(stopped) between 1 and 500),
  constraint recall_task_report_1 check (char_length(report) between 1 and 1000),
  constraint recall_task__due_after_sent check (due_at >= sent_at),
  constraint recall_task_holder_refers foreign key (holder) references owner (id)
);
create index recall_task_by_id on recall_task (id);
create index recall_task_by_owner on recall_task (owner_id, sent_at, id);
create index recall_task_by_county on recall_task (county, sent_at, id);
create index recall_task_by_about on recall_task (about_id, sent_at, id);
create index recall_task_by_city on recall_task (city, sent_at, id);
create index recall_task_by_search on recall_task using gin (search);
create or replace function recall_task_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'recall-task', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'recall', new.recall, 'holder', new.holder, 'mode', new.mode, 'reason', new.reason, 'sentAt', to_char(new.sent_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'dueAt', to_char(new.due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'finishBy', to_char(new.finish_by at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'goods', new.goods, 'contact', new.contact, 'stopped', new.stopped, 'report', new.report, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger recall_task_changed after insert or update on recall_task for each row execute function recall_task_changed();
grant select, insert, update on recall_task to shisu_web;

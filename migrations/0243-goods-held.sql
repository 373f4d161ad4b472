-- Held goods are not handed on: what would ship or sell them is refused (docs/decisions/0269).
-- Whatever held things are in, belong to or went into, so that a document is looked at closer only where it names one of these.
-- It may hold too much; it is made anew when a hold ends. A negative key is an act.
create table hold_reach (key bigint primary key);
grant select, insert, delete on hold_reach to shisu_web;

insert into hold_reach (key)
with recursive onward (key) as (
  select distinct key from trace_hold where lifted_at is null
  union
  select g.dst from onward o join edge g on g.src = o.key
  where not exists (select from trace_key c where c.id = g.dst and c.level = 'class')
)
select key from onward;

-- GLNs of whoever held goods may be sent to all the same: they come back there, or are destroyed there.
alter table trace_hold add column return_glns text[] not null default '{}';
grant update (return_glns) on trace_hold to shisu_web;

-- Attempts to hand held goods on, each way once with how often; whoever ordered the hold is told.
create table hold_refused (
  order_id uuid not null,
  key bigint not null,
  owner_id uuid not null references owner (id),
  biz_step text not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  times integer not null default 1,
  told_at timestamptz,
  primary key (order_id, key, owner_id)
);
grant select, insert, update on hold_refused to shisu_web;

-- By which steps goods are handed on (CBV 2.0, 7.1). What is under way already (transporting) is no act of handing on: it is kept
-- as what happened and told.
insert into rule (name, valid_from, valid_until, value, unit, article, mark, note) values
  ('hold.step.loading', '1900-01-01', null, 1, 'C62', '食品召回管理办法；CBV 2.0 第 7.1 条 loading', 'P', '1：封存货物不能装车'),
  ('hold.step.shipping', '1900-01-01', null, 1, 'C62', '食品召回管理办法；CBV 2.0 第 7.1 条 shipping', 'P', '1：封存货物不能发货'),
  ('hold.step.departing', '1900-01-01', null, 1, 'C62', '食品召回管理办法；CBV 2.0 第 7.1 条 departing', 'P', '1：封存货物不能离开'),
  ('hold.step.consigning', '1900-01-01', null, 1, 'C62', '食品召回管理办法；CBV 2.0 第 7.1 条 consigning', 'P', '1：封存货物不能托运'),
  ('hold.step.retail_selling', '1900-01-01', null, 1, 'C62', '食品召回管理办法；CBV 2.0 第 7.1 条 retail_selling', 'P', '1：封存货物不能销售'),
  ('hold.step.dispensing', '1900-01-01', null, 1, 'C62', '食品召回管理办法；CBV 2.0 第 7.1 条 dispensing', 'P', '1：封存货物不能发放');

-- Where a recall has held goods destroyed.
alter table recall_order add column disposer uuid;
alter table recall_order add constraint recall_order_disposer_refers foreign key (disposer) references owner (id) not valid;
alter table recall_order validate constraint recall_order_disposer_refers;
create index recall_order_by_disposer on recall_order (disposer, id) where disposer is not null;
create or replace function recall_order_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'recall-order', new.id, new.version, 3,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'number', new.number, 'subject', new.subject, 'mode', new.mode, 'level', new.level, 'decidedAt', to_char(new.decided_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'reason', new.reason, 'lots', new.lots, 'measures', new.measures, 'disposer', new.disposer, 'report', new.report, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

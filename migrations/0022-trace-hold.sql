-- Goods under a recall: what must not move on. A row a thing or lot; lifted, not deleted.
create table trace_hold (
  order_id uuid not null,
  key bigint not null references trace_key (id),
  -- Whose order it is, and its words, for the notice that a breach raises.
  owner_id uuid not null references owner (id),
  region text not null,
  title text not null,
  since timestamptz not null,
  lifted_at timestamptz,
  primary key (order_id, key)
);
create index trace_hold_standing on trace_hold (key) where lifted_at is null;
grant select, insert on trace_hold to shisu_web;
grant update (lifted_at) on trace_hold to shisu_web;

-- Events that moved or sold something while a hold stood, until it is known whether that was held. Written with the event.
create table hold_watch (event bigint primary key);
grant select, insert, delete on hold_watch to shisu_web;

-- Held goods that moved or were sold all the same. What happened is never refused: it is kept, and told.
create table hold_breach (
  order_id uuid not null,
  event bigint not null,
  -- What of it was held: the thing itself, what is in it, or what it was made of.
  key bigint not null,
  noted_at timestamptz not null,
  primary key (order_id, event)
);
grant select, insert on hold_breach to shisu_web;

-- What a recall was found to concern when it was started: the goods and their holders, as then known.
create table recall_scope (
  order_id uuid primary key,
  owner_id uuid not null references owner (id),
  is_drill boolean not null,
  scope jsonb not null,
  made_at timestamptz not null
);
grant select, insert on recall_scope to shisu_web;

-- Each acknowledgement that came too late is told once.
create table recall_reminder (task_id uuid primary key, at timestamptz not null);
grant select, insert on recall_reminder to shisu_web;

create index trace_key_lot on trace_key (lot) where level = 'lot';

insert into rule (name, valid_from, valid_until, value, unit, article, mark, note) values
  ('recall.start-hours-first', '1900-01-01', '2026-11-30', 24, 'HUR', '食品召回管理办法（2015）第十二条', 'S', '一级召回启动时限'),
  ('recall.start-hours-second', '1900-01-01', '2026-11-30', 48, 'HUR', '食品召回管理办法（2015）第十二条', 'S', '二级召回启动时限'),
  ('recall.start-hours-third', '1900-01-01', '2026-11-30', 72, 'HUR', '食品召回管理办法（2015）第十二条', 'S', '三级召回启动时限'),
  ('recall.finish-days-first', '1900-01-01', '2026-11-30', 10, 'WD', '食品召回管理办法（2015）第十八条', 'S', '一级召回完成时限'),
  ('recall.finish-days-second', '1900-01-01', '2026-11-30', 20, 'WD', '食品召回管理办法（2015）第十八条', 'S', '二级召回完成时限'),
  ('recall.finish-days-third', '1900-01-01', '2026-11-30', 30, 'WD', '食品召回管理办法（2015）第十八条', 'S', '三级召回完成时限'),
  ('recall.start-hours-first', '2026-12-01', null, 24, 'HUR', '市场监管总局令第 122 号', 'S', '启动时限，报道所述'),
  ('recall.start-hours-second', '2026-12-01', null, 48, 'HUR', '市场监管总局令第 122 号', 'S', '启动时限，报道所述'),
  ('recall.start-hours-third', '2026-12-01', null, 48, 'HUR', '市场监管总局令第 122 号', 'M', '待核对：新办法的等级未知，从严'),
  ('recall.finish-days-first', '2026-12-01', null, 10, 'WD', '市场监管总局令第 122 号', 'M', '待核对：沿用旧办法'),
  ('recall.finish-days-second', '2026-12-01', null, 20, 'WD', '市场监管总局令第 122 号', 'M', '待核对：沿用旧办法'),
  ('recall.finish-days-third', '2026-12-01', null, 30, 'WD', '市场监管总局令第 122 号', 'M', '待核对：沿用旧办法'),
  ('recall.acknowledge-hours-first', '1900-01-01', null, 2, 'HUR', '平台规定', 'P', '持有单位确认收到通知'),
  ('recall.acknowledge-hours-second', '1900-01-01', null, 8, 'HUR', '平台规定', 'P', '持有单位确认收到通知'),
  ('recall.acknowledge-hours-third', '1900-01-01', null, 24, 'HUR', '平台规定', 'P', '持有单位确认收到通知');

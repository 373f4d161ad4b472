-- What people do about records: 待办, clocks, approval flows, comments. Kinds know nothing of it.

-- A clock of the law that runs while a record is in some states, or that somebody started by hand.
create table clock (
  id uuid primary key,
  owner_id uuid not null,
  kind text not null,
  record_id uuid not null,
  region text not null,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  name text not null,
  title text not null check (char_length(title) between 1 and 80),
  -- The figure as it was on the day it began: a later version changes no clock that runs.
  rule text not null,
  value numeric(18,6) not null,
  unit text not null,
  started_at timestamptz not null,
  due_at timestamptz,
  -- The year without whose holidays the end cannot be said.
  missing integer,
  paused_at timestamptz,
  left_value numeric(18,6),
  left_unit text,
  resumed_at timestamptz,
  stopped_at timestamptz,
  overdue_at timestamptz,
  by_hand text
);
create unique index clock_running on clock (kind, record_id, name) where stopped_at is null;
create index clock_record on clock (kind, record_id);
create index clock_due on clock (due_at) where stopped_at is null and paused_at is null and overdue_at is null;
grant select, insert, update on clock to shisu_web;
-- Up to which version of a record its clocks were set: the feed may be read again.
create table clock_seen (
  kind text not null,
  record_id uuid not null,
  version integer not null,
  primary key (kind, record_id)
);
grant select, insert, update on clock_seen to shisu_web;

-- 待办: for one person, for an owner's people, for a county's or city's authority, or for a station.
create table task (
  id uuid primary key,
  owner_id uuid not null,
  kind text not null,
  record_id uuid not null,
  region text not null,
  title text not null check (char_length(title) between 1 and 200),
  detail text check (char_length(detail) <= 500),
  why text not null check (why in ('hand', 'clock', 'flow', 'mention')),
  -- What opened it and will close it; once open for each.
  source text unique,
  due_at timestamptz,
  due_note text,
  for_account uuid references account (id),
  for_owner uuid,
  for_role text check (for_role in ('city', 'county')),
  for_region text,
  for_station text,
  state text not null default 'open' check (state in ('open', 'taken', 'done', 'cancelled')),
  taken_by uuid references account (id),
  taken_name text,
  taken_at timestamptz,
  done_by uuid references account (id),
  done_name text,
  done_at timestamptz,
  answer text check (char_length(answer) <= 500),
  asked_by uuid references account (id),
  asked_name text not null,
  created_at timestamptz not null,
  overdue_at timestamptz,
  constraint task_for_somebody check (num_nonnulls(for_account, for_owner, for_role, for_station) = 1),
  constraint task_role_in_region check ((for_role is null) = (for_region is null)),
  constraint task_taken check (state <> 'taken' or taken_by is not null),
  constraint task_ended check ((state in ('done', 'cancelled')) = (done_at is not null))
);
create index task_account on task (for_account) where state in ('open', 'taken');
create index task_owner on task (for_owner) where state in ('open', 'taken');
create index task_region on task (for_region, for_role) where state in ('open', 'taken');
create index task_station on task (for_station) where state in ('open', 'taken');
create index task_taker on task (taken_by) where state = 'taken';
create index task_done on task (done_by, done_at desc) where state = 'done';
create index task_asked on task (asked_by, created_at desc);
create index task_record on task (kind, record_id);
create index task_due on task (due_at) where state in ('open', 'taken') and overdue_at is null;
grant select, insert, update on task to shisu_web;
create function task_ends_once() returns trigger language plpgsql as $$
begin
  if old.state in ('done', 'cancelled') then
    raise exception using errcode = 'SH409', message = '这件待办已经办结';
  end if;
  return new;
end $$;
create trigger task_ends_once before update on task for each row execute function task_ends_once();

-- Who took it, handed it on and ended it.
create table task_move (
  task_id uuid not null references task (id),
  at timestamptz not null,
  act text not null check (act in ('take', 'hand-on', 'done', 'cancel')),
  who text not null,
  onto text,
  remark text,
  seq bigint generated always as identity primary key
);
create index task_move_task on task_move (task_id, seq);
grant select, insert on task_move to shisu_web;
create trigger task_move_stays before update or delete on task_move for each row execute function stays_as_written();

-- 流程审批: one run of a flow about one record. Its steps are those of the template as it was at the start.
create table flow (
  id uuid primary key,
  owner_id uuid not null,
  kind text not null,
  record_id uuid not null,
  region text not null,
  template_id uuid not null,
  title text not null,
  steps jsonb not null,
  -- The step of the record's life that it allows, with what the asker filled in and the version the asker read.
  act text,
  -- Sealed under this installation's keys: a step may ask for what nobody else should read.
  input bytea,
  record_version integer not null,
  state text not null default 'running' check (state in ('running', 'approved', 'refused', 'withdrawn', 'failed')),
  at_step integer not null default 0,
  -- Raised whenever a step is opened anew, so that decisions of an earlier turn do not count.
  turn integer not null default 0,
  note text check (char_length(note) <= 500),
  outcome text,
  asked_by uuid not null references account (id),
  asked_name text not null,
  asked_owner uuid not null,
  asked_at timestamptz not null,
  ended_at timestamptz,
  check ((state = 'running') = (ended_at is null))
);
create unique index flow_running on flow (kind, record_id, coalesce(act, '')) where state = 'running';
create index flow_record on flow (kind, record_id, asked_at desc);
create index flow_asked on flow (asked_by, asked_at desc);
grant select, insert on flow to shisu_web;
grant update (state, at_step, turn, outcome, ended_at) on flow to shisu_web;
create function flow_ends_once() returns trigger language plpgsql as $$
begin
  if old.state <> 'running' then
    raise exception using errcode = 'SH409', message = '这项审批已经结束';
  end if;
  return new;
end $$;
create trigger flow_ends_once before update on flow for each row execute function flow_ends_once();

create table flow_decision (
  flow_id uuid not null references flow (id),
  turn integer not null,
  step integer not null,
  account_id uuid not null references account (id),
  name text not null,
  owner_title text not null,
  -- Who really sat there, where somebody acted for an absent colleague.
  hand_id uuid not null references account (id),
  hand_name text,
  allow boolean not null,
  remark text check (char_length(remark) <= 500),
  at timestamptz not null,
  primary key (flow_id, turn, account_id),
  -- One pair of eyes counts once in a step, for whomever it looks.
  unique (flow_id, turn, hand_id)
);
grant select, insert on flow_decision to shisu_web;
create trigger flow_decision_stays before update or delete on flow_decision
  for each row execute function stays_as_written();

-- 批注 with files, on any record.
create table record_comment (
  id uuid primary key,
  owner_id uuid not null,
  kind text not null,
  record_id uuid not null,
  account_id uuid not null references account (id),
  name text not null,
  by_owner uuid not null,
  by_title text not null,
  -- 'all' who may read the record; 'side': authorities among themselves, or an owner's own people.
  audience text not null check (audience in ('all', 'side')),
  side text not null check (side in ('authority', 'owner')),
  text text not null check (char_length(text) between 1 and 2000),
  mentions jsonb not null default '[]',
  files jsonb not null default '[]' check (jsonb_typeof(files) = 'array' and jsonb_array_length(files) <= 9),
  at timestamptz not null
);
create index record_comment_record on record_comment (kind, record_id, id);
grant select, insert on record_comment to shisu_web;
create trigger record_comment_stays before update or delete on record_comment
  for each row execute function stays_as_written();

-- 任务调度 (D4.3.7.8): what runs by the clock, what it did last, and what went wrong. Who may run it now is in `lease`.

create table job (
  name text primary key,
  title text not null,
  -- In words, as the declaration has it: 每 60 秒, 每天 02:30.
  schedule text not null,
  next_at timestamptz not null,
  -- Failures in a row: each makes the next try wait longer.
  failures integer not null default 0,
  runs bigint not null default 0,
  started_at timestamptz,
  ended_at timestamptz,
  done_at timestamptz,
  ms integer,
  note text,
  error text,
  paused_at timestamptz,
  paused_by text,
  -- Somebody asked for it to run now, or to stop what runs.
  asked_by text,
  cancelled_by text
);
grant select, insert, update on job to shisu_web;

-- Runs that did something, failed, took long or were asked for; the others are only counted.
create table job_run (
  id uuid primary key,
  job text not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  state text not null check (state in ('running', 'done', 'failed', 'cancelled', 'lost')),
  done integer not null default 0,
  total integer,
  note text,
  error text,
  asked_by text,
  fence bigint not null,
  check ((state = 'running') = (ended_at is null))
);
create index job_run_job on job_run (job, started_at desc);
create index job_run_time on job_run (started_at desc);
grant select, insert, update, delete on job_run to shisu_web;

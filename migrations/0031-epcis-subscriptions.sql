-- Named queries, and subscriptions to what they find (EPCIS 2.0, 8.2.5 and 12.6). Nothing is deleted: what is removed has
-- an end.
create table epcis_query (
  id uuid primary key,
  owner_id uuid not null references owner (id),
  name text collate "C" not null check (octet_length(name) <= 512),
  definition jsonb not null,
  created_by text not null,
  created_at timestamptz not null,
  removed_at timestamptz
);
create unique index epcis_query_name on epcis_query (owner_id, name) where removed_at is null;
grant select, insert on epcis_query to shisu_web;
grant update (removed_at) on epcis_query to shisu_web;

create table epcis_subscription (
  id uuid primary key,
  owner_id uuid not null references owner (id),
  query_id uuid not null references epcis_query (id),
  -- Whose rights it has: what the account may see, as long as it is open.
  account_id uuid not null,
  scope jsonb not null,
  dest text not null,
  -- Sealed under this installation's keys.
  secret bytea,
  epc_format text not null,
  -- Null: whenever an event arrives.
  schedule jsonb,
  report_if_empty boolean not null,
  created_at timestamptz not null,
  initial_record_time timestamptz not null,
  min_record_time timestamptz not null,
  last_notified_at timestamptz,
  -- How far it has come: everything up to this arrival, and the first so many events of the next.
  cursor_xid xid8 not null,
  cursor_seq bigint not null,
  cursor_taken integer not null default 0,
  -- What could be seen when it began is not new to it.
  cursor_since pg_snapshot,
  next_run_at timestamptz,
  attempts integer not null default 0,
  not_before timestamptz not null default now(),
  last_error text,
  -- Which process is delivering, until when nobody else may.
  lease uuid,
  lease_until timestamptz,
  ended_at timestamptz,
  end_reason text
);
create index epcis_subscription_due on epcis_subscription (not_before) where ended_at is null;
create index epcis_subscription_query on epcis_subscription (query_id, id);
grant select, insert on epcis_subscription to shisu_web;
grant update (min_record_time, last_notified_at, cursor_xid, cursor_seq, cursor_taken, next_run_at, attempts, not_before,
  last_error, lease, lease_until, ended_at, end_reason) on epcis_subscription to shisu_web;

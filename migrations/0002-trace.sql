-- The trace core: EPCIS events, the keys they speak of, and the graph derived from them.
-- Everything here is append-only for the application. The reasons are in docs/decisions/0003-trace-storage.md.
-- Ids are allocated in the order of recording, so that what was recorded together lies together.

-- One row for each thing ever named: a class, lot, serial, pallet, asset ... under its canonical key.
create table trace_key (
  id bigint generated always as identity primary key,
  key text collate "C" not null unique check (length(key) <= 512),
  level text collate "C" not null,
  gtin text collate "C",
  lot text collate "C",
  serial text collate "C"
);
create index trace_key_gtin on trace_key (gtin, id) where gtin is not null;

-- JSON-LD contexts, each kept once.
create table event_context (
  id integer generated always as identity primary key,
  digest uuid not null unique,
  context text not null
);

create table capture_job (
  id uuid primary key,
  owner_id uuid not null references owner (id),
  created_at timestamptz not null,
  finished_at timestamptz,
  success boolean not null,
  error_behaviour text not null,
  stored integer not null,
  known integer not null,
  errors jsonb not null default '[]'
);
create index capture_job_owner on capture_job (owner_id, id);

create sequence event_id_seq;

create table event (
  id bigint primary key,
  -- First 16 bytes of SHA-256 of the eventID; the original and the declaration of its error share it.
  event_digest uuid not null,
  declared boolean not null,
  -- First 16 bytes of the canonical hash (of the error declaration too where there is one): equal content, equal digest.
  content_digest uuid not null,
  event_id text collate "C" not null,
  hash text collate "C" not null,
  type text collate "C" not null,
  action text collate "C",
  event_time timestamptz not null,
  tz_offset text not null,
  record_time timestamptz not null,
  biz_step text collate "C",
  disposition text collate "C",
  read_point text collate "C",
  biz_location text collate "C",
  transformation_id text collate "C",
  -- 'type key' pairs, e.g. 'owning_party 417/6901234567892', canonical keys.
  sources text[],
  destinations text[],
  biz_transactions text[],
  -- Who may see it: the capturer and every owner whose GLN occurs; the regions (and the cities above) of all those.
  owner_id uuid not null,
  party_ids uuid[] not null,
  regions text[] not null,
  job_id uuid not null,
  context_id integer not null,
  document text not null
);
create unique index event_identity on event (event_digest, declared);
create unique index event_content on event (content_digest);
create index event_time on event (event_time, id);
create index event_record_time on event using brin (record_time);
create index event_owner on event (owner_id, id);

-- What an event speaks of. role: epc, parent, child, input, output.
create table event_key (
  event bigint not null,
  key bigint not null,
  role text collate "C" not null,
  quantity numeric(18, 6),
  uom text collate "C"
);
create index event_key_event on event_key (event);
create index event_key_key on event_key (key, event);

-- The graph, derived: goods flow from src to dst. A positive node is a trace_key; a negative node is the act of
-- making in that event (inputs -> act -> outputs), so that 100 inputs and 10,000 outputs are 10,100 rows.
-- kind: i input -> act, o act -> output, a child -> parent (aggregation), s child -> parent (association),
-- l lot -> its serial. at: the event's time (null = holds at all times).
create table edge (
  src bigint not null,
  dst bigint not null,
  kind "char" not null,
  at timestamptz not null,
  event bigint not null
);
create index edge_forward on edge (src, dst, kind, at, event);
create index edge_backward on edge (dst, src, kind, at, event);

-- Where containment ends: the child left the parent; child 0: all that was in it. An a or s edge holds from its
-- time to the first end after it, worked out when read, so that events may come late and in any order.
create table edge_end (
  parent bigint not null,
  child bigint not null,
  at timestamptz not null,
  event bigint not null
);
create index edge_end_parent on edge_end (parent, child, at, event);

-- Product names learnt from instance and lot master data, for classes and lots.
create table trace_name (
  key bigint not null,
  event bigint not null,
  name text not null,
  primary key (key, event)
);

-- Documents that were refused, so that nothing sent to us is lost.
create table quarantine (
  id uuid primary key,
  at timestamptz not null,
  owner_id uuid not null references owner (id),
  user_id uuid,
  source text not null,
  reason jsonb not null,
  body text not null
);
create index quarantine_owner on quarantine (owner_id, id);

grant select, insert on trace_key, event_context, capture_job, event, event_key, edge, edge_end, trace_name, quarantine
  to shisu_web;
grant usage on sequence event_id_seq to shisu_web;

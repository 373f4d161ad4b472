-- Saved views of lists, work that must run once at a time, and records that were due and did not come.

create table saved_view (
  owner_id uuid not null,
  id uuid not null,
  account_id uuid not null references account (id),
  kind text not null,
  name text not null check (char_length(name) between 1 and 40),
  query text not null check (char_length(query) <= 2000),
  -- Seen by everybody of the same owner.
  shared boolean not null default false,
  updated_at timestamptz not null,
  primary key (owner_id, id)
);
create index saved_view_kind on saved_view (owner_id, kind);
grant select, insert, update, delete on saved_view to shisu_web;

-- A fenced lease: single-writer work is done by whoever holds it, and a holder that slept too long is known by its fence.
create table lease (
  name text primary key,
  holder text not null,
  fence bigint not null,
  until timestamptz not null
);
grant select, insert, update on lease to shisu_web;

create table missed (
  owner_id uuid not null,
  kind text not null,
  day date not null,
  noted_at timestamptz not null,
  primary key (owner_id, kind, day)
);
grant select, insert on missed to shisu_web;

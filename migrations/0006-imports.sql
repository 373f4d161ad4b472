-- Records from Excel and CSV files: each file is staged row by row, looked at, then committed in chunks. An import is
-- seen only by the account that brought it.

create table import (
  owner_id uuid not null,
  id uuid not null,
  kind text not null,
  account_id uuid not null,
  -- Under whose hand it is committed, as it stood at the upload: work that resumes after a restart has no request.
  actor jsonb not null,
  name text not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  size integer not null check (size > 0),
  state text not null check (state in ('reading', 'ready', 'committing', 'done', 'failed')),
  -- Why the whole file cannot be taken.
  failure text,
  -- What the reader of the file should know: sheets and columns that were not read.
  notes text[] not null default '{}',
  -- Titles of the columns as they stand in the file.
  heads text[] not null default '{}',
  rows integer,
  read_rows integer not null default 0,
  -- How many records of the file are in which state.
  counts jsonb not null default '{}',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- Who works on it, until when: a process that died loses it, and another one goes on.
  worker uuid,
  leased_until timestamptz,
  primary key (owner_id, id)
);
create index import_account on import (account_id, id desc);
create index import_unfinished on import (leased_until) where state in ('reading', 'committing');

-- The file's bytes, until they are staged.
create table import_file (
  owner_id uuid not null,
  import_id uuid not null,
  body bytea not null,
  primary key (owner_id, import_id)
);
alter table import_file alter column body set storage external;

-- One record of the file: its rows as they stand there, what is wrong with them, and what became of them.
create table import_row (
  owner_id uuid not null,
  import_id uuid not null,
  -- Number of its first row in the file.
  number integer not null,
  record_id uuid,
  state text not null check (state in ('good', 'bad', 'known', 'written', 'refused')),
  cells text not null,
  -- The checked fields in API form, where nothing is wrong with them.
  input text,
  problems text,
  primary key (owner_id, import_id, number)
);
create index import_row_wrong on import_row (owner_id, import_id, number) where state in ('bad', 'refused');

-- Which record a row's content became: the same content again, from whatever file, is that record and no second one.
create table imported (
  owner_id uuid not null,
  kind text not null,
  -- The first 128 bits of the content's sha256.
  content uuid not null,
  record_id uuid not null,
  primary key (owner_id, kind, content)
);

grant select, insert, update on import to shisu_web;
grant select, insert, delete on import_file to shisu_web;
grant select, insert, delete on import_row to shisu_web;
grant update (state, problems) on import_row to shisu_web;
grant select, insert on imported to shisu_web;

-- References in a file are given by title.
create index owner_title on owner (title);

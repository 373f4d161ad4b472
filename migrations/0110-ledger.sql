-- The ledger: every change, event and code order becomes one leaf of an append-only RFC 6962 log.

-- The log's one writer holds this row's lock while it appends: the index is dense, and no leaf is doubled.
create table ledger_log (
  single boolean primary key default true check (single),
  size bigint not null default 0
);
insert into ledger_log default values;
grant select, update on ledger_log to shisu_web;

-- How far each source has been sealed.
create table ledger_cursor (
  source text primary key,
  xid xid8 not null default '0',
  seq bigint not null default 0,
  moved_at timestamptz not null default now()
);
grant select, insert, update on ledger_cursor to shisu_web;

create table ledger_leaf (
  index bigint primary key,
  -- What it was made from: the source, and the number that the row has there.
  source text collate "C" not null,
  ref bigint not null,
  owner_id uuid not null,
  -- 32 random bytes. Without them the commitment says nothing about the payload.
  salt bytea not null,
  entry text collate "C" not null,
  hash bytea not null check (octet_length(hash) = 32),
  unique (source, ref)
);
grant select, insert on ledger_leaf to shisu_web;

-- The heads of complete subtrees of 256, 65,536 … leaves: what the tiles above level 0 are made of.
create table ledger_subtree (
  level smallint not null,
  index bigint not null,
  hash bytea not null check (octet_length(hash) = 32),
  primary key (level, index)
);
grant select, insert on ledger_subtree to shisu_web;

create table ledger_checkpoint (
  size bigint primary key,
  -- The signed note without its witnesses.
  note text collate "C" not null,
  at timestamptz not null
);
grant select, insert on ledger_checkpoint to shisu_web;

create table ledger_cosignature (
  size bigint not null references ledger_checkpoint (size),
  witness text collate "C" not null,
  line text collate "C" not null,
  at timestamptz not null,
  primary key (size, witness)
);
grant select, insert on ledger_cosignature to shisu_web;

-- Whom the log asks for cosignatures, and how that went.
create table ledger_witness (
  name text collate "C" primary key,
  url text not null,
  -- C2SP verifier key of type 0x04.
  verifier_key text not null,
  -- The size it last cosigned.
  size bigint not null default 0,
  seen_at timestamptz,
  failed_at timestamptz,
  failure text
);
grant select, insert, update, delete on ledger_witness to shisu_web;

create trigger ledger_leaf_stays before update or delete on ledger_leaf for each row execute function stays_as_written();
create trigger ledger_leaf_stays_whole before truncate on ledger_leaf for each statement execute function stays_as_written();
create trigger ledger_subtree_stays before update or delete on ledger_subtree for each row execute function stays_as_written();
create trigger ledger_checkpoint_stays before update or delete on ledger_checkpoint for each row execute function stays_as_written();
create trigger ledger_cosignature_stays before update or delete on ledger_cosignature for each row execute function stays_as_written();

-- An order of codes is a change like any other: the feed carries it to the ledger.
create function code_order_changed() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'code-order', new.id, 1, 1, coalesce(current_setting('shisu.actor', true), ''), o.region,
    jsonb_build_object('gtin', new.gtin, 'lot', new.lot, 'firstIndex', new.first_index, 'quantity', new.quantity,
      'keyVersion', new.key_version, 'issuedBy', new.issued_by)
  from owner o where o.id = new.owner_id;
  return null;
end $$;
create trigger code_order_changed after insert on code_order for each row execute function code_order_changed();

-- The public entrance serves heads, tiles and entries, and has no way to a salt.
grant select (index, entry, hash) on ledger_leaf to shisu_public;
grant select on ledger_subtree, ledger_checkpoint, ledger_cosignature to shisu_public;
grant select (name, verifier_key) on ledger_witness to shisu_public;

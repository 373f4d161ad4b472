-- Data of natural persons under a key of each person's own: destroying the key erases the person, and only that person,
-- also from history and backups; what stays are commitments that nobody can open.

create table person (
  id uuid primary key,
  owner_id uuid not null references owner (id),
  suite text not null check (suite in ('aes-256-gcm', 'sm4-ctr-sm3')),
  -- Sealed under this installation's key; null once the person is erased.
  key bytea,
  created_at timestamptz not null,
  erased_at timestamptz,
  erased_reason text,
  check ((key is null) = (erased_at is not null))
);
create index person_owner on person (owner_id, id);
create table person_field (
  person_id uuid not null references person (id),
  owner_id uuid not null,
  name text not null check (name ~ '^[a-z][A-Za-z]{1,40}$'),
  version integer not null check (version > 0),
  sealed bytea not null,
  -- Keyed digest for finding by the exact value; cleared with the key.
  blind bytea,
  at timestamptz not null,
  primary key (person_id, name, version)
);
create index person_field_blind on person_field (owner_id, name, blind) where blind is not null;
create table consent (
  id uuid primary key,
  person_id uuid not null references person (id),
  owner_id uuid not null,
  purpose text not null check (purpose in ('face', 'health', 'minor')),
  -- The words that were agreed to, and by whom: for a minor the guardian.
  words text not null check (char_length(words) between 2 and 1000),
  given_by text not null check (given_by in ('self', 'guardian')),
  given_at timestamptz not null,
  withdrawn_at timestamptz,
  constraint consent_of_minor_by_guardian check (purpose <> 'minor' or given_by = 'guardian')
);
create unique index consent_open on consent (person_id, purpose) where withdrawn_at is null;

create function erased_stays() returns trigger language plpgsql as $$
begin
  if old.erased_at is not null then
    raise exception using errcode = 'SH409', message = '已擦除的个人信息不能恢复';
  end if;
  return new;
end $$;
create trigger person_erased_stays before update on person for each row execute function erased_stays();
create trigger person_is_kept before delete on person for each row execute function stays_as_written();

-- A second lock: even a statement that forgot its predicate sees only what the actor of its transaction may.
alter table person enable row level security;
alter table person_field enable row level security;
alter table consent enable row level security;
create function person_within(owner uuid) returns boolean language sql stable as $$
  select owner = nullif(current_setting('shisu.owner', true), '')::uuid
    or exists (select from owner o where o.id = person_within.owner
      and (o.region = nullif(current_setting('shisu.county', true), '')
        or left(o.region, 4) || '00' = nullif(current_setting('shisu.city', true), '')))
$$;
create policy person_reach on person to shisu_web using (person_within(owner_id));
create policy person_field_reach on person_field to shisu_web using (person_within(owner_id));
create policy consent_reach on consent to shisu_web using (person_within(owner_id));
grant select, insert on person, person_field, consent to shisu_web;
grant update (key, suite, erased_at, erased_reason) on person to shisu_web;
grant update (blind) on person_field to shisu_web;
grant update (withdrawn_at) on consent to shisu_web;

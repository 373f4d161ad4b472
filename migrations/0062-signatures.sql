-- Keys with which people and enterprises sign what they submit, and what was signed (A8.6.3.d 不可否认).

create table signing_key (
  id uuid primary key,
  account_id uuid not null references account (id),
  owner_id uuid not null,
  title text not null check (char_length(title) between 1 and 60),
  suite text not null check (suite in ('ed25519', 'sm2')),
  public_key bytea not null unique,
  created_at timestamptz not null,
  revoked_at timestamptz,
  revoked_reason text,
  check ((revoked_at is null) = (revoked_reason is null))
);
create index signing_key_account on signing_key (account_id, created_at);
create function revoked_stays() returns trigger language plpgsql as $$
begin
  if old.revoked_at is not null or new.public_key <> old.public_key or new.account_id <> old.account_id then
    raise exception using errcode = 'SH409', message = '签名密钥一经登记只能吊销，吊销后不能恢复';
  end if;
  return new;
end $$;
create trigger signing_key_stays before update on signing_key for each row execute function revoked_stays();
create trigger signing_key_is_kept before delete on signing_key for each row execute function stays_as_written();
grant select, insert on signing_key to shisu_web;
grant update (revoked_at, revoked_reason) on signing_key to shisu_web;
grant select on signing_key to shisu_audit;

create table record_signature (
  id uuid primary key,
  owner_id uuid not null,
  kind text not null,
  record_id uuid not null,
  version integer not null,
  key_id uuid not null references signing_key (id),
  signer text not null,
  act text not null,
  -- sha256 of salt and canonical JSON; the content itself lies sealed where it speaks of a person.
  digest text not null check (digest ~ '^[0-9a-f]{64}$'),
  content text,
  sealed text,
  signature bytea not null,
  at timestamptz not null,
  check ((content is null) <> (sealed is null)),
  unique (owner_id, kind, record_id, version, key_id)
);
create trigger record_signature_stays before update or delete on record_signature for each row execute function stays_as_written();
grant select, insert on record_signature to shisu_web;
grant select on record_signature to shisu_audit;

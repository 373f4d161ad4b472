-- What this site handed to the consortium: its log's leaves in their order, and the heads it anchored there.

create table consortium_transaction (
  -- The consortium's log: another consortium begins anew.
  consortium text collate "C" not null,
  act text collate "C" not null check (act in ('extend', 'anchor')),
  -- Leaves of our own log from `first` up to `size`; an anchor of the head of `size` leaves has both alike.
  first bigint not null,
  size bigint not null check (size >= first),
  made_at timestamptz not null,
  -- Where its first leaf stands in the consortium's log, once a block holds it.
  position bigint,
  height bigint,
  confirmed_at timestamptz,
  primary key (consortium, act, first),
  check ((position is null) = (height is null) and (position is null) = (confirmed_at is null))
);
grant select, insert on consortium_transaction to shisu_web;
grant update (position, height, confirmed_at) on consortium_transaction to shisu_web;

-- Heads of the consortium's log that enough members cosigned: what proofs are given under.
create table consortium_checkpoint (
  consortium text collate "C" not null,
  size bigint not null,
  height bigint not null,
  note text collate "C" not null,
  at timestamptz not null,
  primary key (consortium, size)
);
grant select, insert on consortium_checkpoint to shisu_web;
create trigger consortium_checkpoint_stays before update or delete on consortium_checkpoint for each row execute function stays_as_written();

-- Once it is known where a transaction stands, it stands there.
create function confirmed_stays() returns trigger language plpgsql as $$
begin
  if old.position is not null then
    raise exception using errcode = 'SH409', message = '已上链的位置不能再改';
  end if;
  return new;
end $$;
create trigger consortium_transaction_stays before update on consortium_transaction for each row execute function confirmed_stays();
create trigger consortium_transaction_is_kept before delete on consortium_transaction for each row execute function stays_as_written();

-- Keys with which people sign what they submit are leaves of the log from their beginning to their end: whoever checks a
-- signature later sees from the log when its key was registered and revoked.
create function signing_key_changed() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'signing-key', new.id, case when tg_op = 'INSERT' then 1 else 2 end, 1,
    coalesce(current_setting('shisu.actor', true), ''), o.region,
    jsonb_build_object('suite', new.suite, 'publicKey', replace(encode(new.public_key, 'base64'), E'\n', ''),
      'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
      'revokedAt', to_char(new.revoked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
  from owner o where o.id = new.owner_id;
  return null;
end $$;
create trigger signing_key_changed after insert or update of revoked_at on signing_key for each row execute function signing_key_changed();

-- A signature at the source is a leaf like the record that it speaks of.
create function record_signature_changed() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'signature', new.id, 1, 1, coalesce(current_setting('shisu.actor', true), ''), o.region,
    jsonb_build_object('kind', new.kind, 'recordId', new.record_id, 'version', new.version, 'keyId', new.key_id,
      'act', new.act, 'digest', new.digest, 'signature', replace(encode(new.signature, 'base64'), E'\n', ''),
      'at', to_char(new.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
  from owner o where o.id = new.owner_id;
  return null;
end $$;
create trigger record_signature_changed after insert on record_signature for each row execute function record_signature_changed();

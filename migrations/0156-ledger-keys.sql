-- The keys that the log's heads are signed with: one after another, with a time of overlap in which both sign. A key stays known
-- after its end, so that what it signed can be checked; what a revoked one signed counts no more. Each step is a leaf.
create table ledger_key (
  -- C2SP verifier key of type 0x01.
  verifier_key text collate "C" primary key,
  added_at timestamptz not null default now(),
  -- It signs no more; what it signed counts.
  retired_at timestamptz,
  -- It came into wrong hands: nothing that it signed counts by itself.
  revoked_at timestamptz,
  reason text check (reason <> ''),
  check (revoked_at is null or reason is not null)
);
grant select, insert (verifier_key) on ledger_key to shisu_web;
grant select on ledger_key to shisu_public;

create function ledger_key_ends_once() returns trigger language plpgsql as $$
begin
  if new.verifier_key <> old.verifier_key or new.added_at <> old.added_at
    or new.retired_at is distinct from old.retired_at and old.retired_at is not null
    or new.revoked_at is distinct from old.revoked_at and old.revoked_at is not null then
    raise exception using errcode = 'SH409', message = '日志密钥的停用和吊销不能撤回';
  end if;
  return new;
end $$;
create trigger ledger_key_ends_once before update on ledger_key for each row execute function ledger_key_ends_once();
create trigger ledger_key_is_kept before delete on ledger_key for each row execute function stays_as_written();

create function ledger_key_changed() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values ('00000000-0000-0000-0000-000000000000', 'ledger-key', md5('ledger-key ' || new.verifier_key)::uuid,
    1 + (new.retired_at is not null)::integer + (new.revoked_at is not null)::integer, 1, '{"name":"系统"}', '',
    jsonb_build_object('verifierKey', new.verifier_key,
      'addedAt', to_char(new.added_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
      'retiredAt', to_char(new.retired_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
      'revokedAt', to_char(new.revoked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
      'reason', new.reason));
  return null;
end $$;
create trigger ledger_key_changed after insert or update on ledger_key for each row execute function ledger_key_changed();

-- Erasing a person: the key goes, a proof of the act stays. Neither says anything of the person.

create table person_erasure (
  person_id uuid primary key references person (id),
  owner_id uuid not null,
  kind text not null,
  record_id uuid not null,
  -- The approval under which two people did it.
  approval_id uuid not null references approval (id),
  asked_by text not null,
  decided_by text not null,
  reason text not null check (char_length(reason) between 2 and 300),
  -- What was destroyed: nobody can make the key from it, and whoever kept a copy can be shown to have kept it.
  key_sha256 text not null check (key_sha256 ~ '^[0-9a-f]{64}$'),
  at timestamptz not null
);
create index person_erasure_owner on person_erasure (owner_id, at desc);
create trigger person_erasure_stays before update or delete on person_erasure for each row execute function stays_as_written();
grant select, insert on person_erasure to shisu_web;
grant select on person_erasure to shisu_audit;

-- Destroys a key and tells its digest; null where it is gone already. The four eyes stand before it.
create function destroy_person_key(whom uuid, why text, moment timestamptz) returns text
language plpgsql volatile strict security definer set search_path = public, pg_temp as $$
declare
  destroyed bytea;
begin
  select p.key into destroyed from person p where p.id = whom and p.key is not null for update;
  if destroyed is null then return null; end if;
  update person set key = null, erased_at = moment, erased_reason = why where id = whom;
  update person_field set blind = null where person_id = whom;
  update consent set withdrawn_at = moment where person_id = whom and withdrawn_at is null;
  return encode(sha256(destroyed), 'hex');
end $$;
revoke execute on function destroy_person_key from public;
grant execute on function destroy_person_key to shisu_web;

-- The persons of all rows of a statement are kept in one insert; one call a row cost as much as the history's row.
create function keep_persons(persons jsonb, written uuid[]) returns boolean
language plpgsql volatile security definer set search_path = public, pg_temp as $$
begin
  insert into person (id, owner_id, suite, key, created_at)
  select p.id, p.owner, p.suite, decode(p.key, 'base64'), p.at
  from jsonb_to_recordset(persons) as p (id uuid, owner uuid, suite text, key text, at timestamptz)
  where p.id = any(written);
  return true;
end $$;
revoke execute on function keep_persons from public;
grant execute on function keep_persons to shisu_web;

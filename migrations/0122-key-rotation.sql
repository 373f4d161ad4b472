-- After a rotation each person's key is wrapped again under the newest of this installation. The application sees wrapped
-- keys only through these doors; row security keeps the table itself.

create function wrapped_under(key bytea) returns text language sql immutable strict as $$
  select encode(substring(key from 2 for get_byte(key, 0)), 'escape')
$$;
create function persons_by_key() returns table (name text, persons bigint)
language sql stable security definer set search_path = public, pg_temp as $$
  select wrapped_under(p.key), count(*) from person p where p.key is not null group by 1
$$;
create function persons_to_rewrap(current text, most integer) returns table (id uuid, key bytea)
language sql stable security definer set search_path = public, pg_temp as $$
  select p.id, p.key from person p where p.key is not null and wrapped_under(p.key) <> current limit most
$$;
-- Only the very value that was read is replaced: an erasure or another process meanwhile wins.
create function rewrap_person(whom uuid, was bytea, becomes bytea) returns boolean
language plpgsql volatile strict security definer set search_path = public, pg_temp as $$
begin
  update person p set key = becomes where p.id = whom and p.key = was;
  return found;
end $$;
revoke execute on function persons_by_key, persons_to_rewrap, rewrap_person from public;
grant execute on function persons_by_key, persons_to_rewrap, rewrap_person to shisu_web;

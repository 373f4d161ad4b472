-- One function for all tables that are kept by month; the two that each did one table call it.

create function make_month_partitions(parent text, since timestamptz, months integer) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  first timestamptz := date_trunc('month', since, 'UTC');
  name text;
begin
  -- Whoever may call it makes partitions of these two and of nothing else.
  if parent not in ('change', 'audit') then
    raise exception '% is not kept by month', parent;
  end if;
  for n in 0 .. months - 1 loop
    name := parent || '_' || to_char((first + n * interval '1 month') at time zone 'UTC', 'YYYYMM');
    if to_regclass(name) is null then
      execute format('create table %I partition of %I for values from (%L) to (%L)', name, parent,
        date_trunc('month', first + n * interval '1 month', 'UTC'),
        date_trunc('month', first + (n + 1) * interval '1 month', 'UTC'));
    end if;
  end loop;
end $$;
revoke execute on function make_month_partitions from public;
grant execute on function make_month_partitions to shisu_web;

-- The release before this one still calls them by their own names.
create or replace function make_change_partitions(since timestamptz, months integer) returns void
language sql security definer set search_path = public, pg_temp as $$ select make_month_partitions('change', since, months) $$;
create or replace function make_audit_partitions(since timestamptz, months integer) returns void
language sql security definer set search_path = public, pg_temp as $$ select make_month_partitions('audit', since, months) $$;

-- One job makes both.
delete from job where name = 'audit-partitions';

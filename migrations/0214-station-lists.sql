-- A station's list is read in the county's index: with the owner as its last column, whose row it is needs no look at the table.
-- Every table of records has this index under the same name.

do $$
declare
  each record;
begin
  for each in
    select indexname as name, indexdef as text from pg_indexes
    where schemaname = current_schema and indexname like '%\_by\_county' and indexdef not like '%, owner_id)'
  loop
    execute format('drop index %I', each.name);
    execute regexp_replace(each.text, '\)$', ', owner_id)');
  end loop;
end $$;

-- The owners of a station, without a look at each of them.
create index owner_of_station on owner (station, id) where station is not null;
drop index owner_station;

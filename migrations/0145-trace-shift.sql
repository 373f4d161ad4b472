-- What changes answers about chains without an event arriving: owners that come or are renamed, and events that get further
-- readers. Whoever remembers an answer forgets it when one of these committed after what it was made from.
create table trace_shift (
  seq bigint generated always as identity primary key,
  xid xid8 not null default pg_current_xact_id()
);
create index trace_shift_order on trace_shift (xid);
grant select on trace_shift to shisu_web;

create function note_trace_shift() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
  if exists (select from changed) then
    insert into trace_shift default values;
  end if;
  return null;
end $$;
create trigger owner_filed_shifts after insert on owner referencing new table as changed
  for each statement execute function note_trace_shift();
create trigger owner_changed_shifts after update on owner referencing new table as changed
  for each statement execute function note_trace_shift();
create trigger event_readers_shift after update on event referencing new table as changed
  for each statement execute function note_trace_shift();

-- One place for whatever arrives from outside and is refused: through the API, in files, as events. It is corrected and
-- replayed; what was first sent stays as it was.
alter table quarantine add column channel text not null default 'epcis' check (channel in ('epcis', 'api', 'import'));
alter table quarantine add column kind text;
-- Whose name it came under, and the token or file that it came through.
alter table quarantine add column actor_name text not null default '';
alter table quarantine add column via text;
alter table quarantine add column region text;
alter table quarantine add column city text generated always as (left(region, 4) || '00') stored;
alter table quarantine add column county text generated always as (region) stored;
alter table quarantine add column state text not null default 'open' check (state in ('open', 'replayed', 'dropped'));
alter table quarantine add column version integer not null default 1;
-- The same content refused again is the same row, seen once more.
alter table quarantine add column digest uuid;
alter table quarantine add column times integer not null default 1;
alter table quarantine add column corrected text;
alter table quarantine add column corrected_by text;
alter table quarantine add column settled_by text;
alter table quarantine add column settled_at timestamptz;
alter table quarantine add column drop_reason text;
alter table quarantine add column record_id uuid;

create function quarantine_placed() returns trigger language plpgsql as $$
begin
  new.region := coalesce(new.region, (select o.region from owner o where o.id = new.owner_id));
  return new;
end $$;
create trigger quarantine_placed before insert on quarantine for each row execute function quarantine_placed();
update quarantine q set region = (select o.region from owner o where o.id = q.owner_id);

create unique index quarantine_once on quarantine (owner_id, digest) where state = 'open' and digest is not null;
create index quarantine_id on quarantine (id);
create index quarantine_county on quarantine (county, id) where state = 'open';
create index quarantine_city on quarantine (city, id) where state = 'open';
grant update (reason, state, version, times, corrected, corrected_by, settled_by, settled_at, drop_reason, record_id) on quarantine to shisu_web;

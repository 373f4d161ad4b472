-- Events of whoever has no part in the goods they speak of: kept and found, but nothing follows from them until the goods'
-- holder or an officer confirms them, or an event explains them (docs/decisions/0190). While an event stands doubted,
-- `event_voided` holds it with itself as its declaration.
create table event_doubt (
  event bigint primary key,
  -- Who recorded it, and whose goods (or whose event) it speaks of.
  owner_id uuid not null,
  holder_id uuid not null,
  -- The goods it has no part in; none where it declares another's event wrong.
  keys bigint[] not null,
  noted_at timestamptz not null,
  settled_at timestamptz,
  outcome text check (outcome in ('confirmed', 'explained', 'rejected')),
  check ((settled_at is null) = (outcome is null))
);
create index event_doubt_open on event_doubt (owner_id) where settled_at is null;
create index event_doubt_keys on event_doubt using gin (keys);
grant select, insert on event_doubt to shisu_web;

-- Whose events about its goods an owner confirms once and for all: its carrier, its packer, its laboratory.
create table event_partner (
  owner_id uuid not null,
  partner_id uuid not null,
  since timestamptz not null,
  primary key (owner_id, partner_id)
);
grant select, insert on event_partner to shisu_web;

create trigger event_doubt_shifts after insert on event_doubt referencing new table as changed
  for each statement execute function note_trace_shift();
create trigger event_settled_shifts after update on event_doubt referencing new table as changed
  for each statement execute function note_trace_shift();

-- The owner's company prefix as GS1 China gives them (690, 691: seven digits, 692 to 696: eight, 697: nine).
create function company_prefix(p_number text) returns text
language sql immutable as $$
  select case
    when p_number ~ '^69[01]' then left(p_number, 7)
    when p_number ~ '^69[2-6]' then left(p_number, 8)
    when p_number ~ '^697' then left(p_number, 9) end
$$;

-- Whether a place is an owner's: it names no GLN that is filed to another.
create function is_place_of(p_owner uuid, p_place text) returns boolean
language sql stable as $$
  select p_place is null or not exists (
    select from owner o where o.gln = substring(p_place from '/41[457]/(\d{13})(?:/|$)') and o.id <> p_owner)
$$;

-- Whether an owner has a part in goods: it gave them their number, was the first to record them, is named in another's
-- event about them, received them itself or was by then a partner of whoever recorded them. So it is with
-- what they were packed in by others, and with the lot of a single thing.
create function has_part(p_owner uuid, p_key bigint, p_at timestamptz) returns boolean
language plpgsql stable as $$
declare
  known bigint[] := array[p_key];
  fresh bigint[] := known;
begin
  if exists (
    select from trace_key k join owner o on o.id = p_owner
    where k.id = p_key and company_prefix(o.gln) = company_prefix(coalesce(substr(k.gtin, 2), substring(k.key from '/00/\d(\d+)')))
  ) then
    return true;
  end if;
  -- The first of those who recorded it: its maker, or whoever brought it in.
  if p_owner = (
    select e.owner_id from event_key k join event e on e.id = k.event
    where k.key = p_key and not e.declared and not exists (select from event_voided v where v.event = e.id)
    order by k.event limit 1
  ) then
    return true;
  end if;
  for depth in 1..6 loop
    if exists (
      select from unnest(fresh) n (id) join event_key k on k.key = n.id join event e on e.id = k.event
      where e.party_ids @> array[p_owner] and not e.declared
        and not exists (select from event_voided v where v.event = e.id)
        and (e.owner_id <> p_owner
          or e.biz_step in ('receiving', 'accepting') and is_place_of(p_owner, coalesce(e.biz_location, e.read_point)))
    ) or exists (
      select from unnest(fresh) n (id) join event_key k on k.key = n.id join event e on e.id = k.event
      join event_partner p on p.owner_id = e.owner_id and p.partner_id = p_owner and p.since <= p_at
      where not e.declared and not exists (select from event_voided v where v.event = e.id)
    ) then
      return true;
    end if;
    fresh := array(
      select x.id from (
        select g.dst as id from unnest(fresh) n (id) join edge g on g.src = n.id and g.kind in ('a', 's')
        join event e on e.id = g.event
        where e.owner_id <> p_owner and not exists (select from event_voided v where v.event = e.id)
        union
        select g.src from unnest(fresh) n (id) join edge g on g.dst = n.id and g.kind = 'l'
        union
        -- What is known of a lot's single things speaks for the lot, once.
        select g.dst from unnest(fresh) n (id) join edge g on g.src = n.id and g.kind = 'l' where depth = 1
      ) x where x.id <> all(known));
    exit when fresh = '{}';
    known := known || fresh;
  end loop;
  return false;
end $$;

-- Doubts an event: nothing follows from it any more; from a declaration of another's error neither.
create function doubt_event(p_event bigint, p_holder uuid, p_keys bigint[], p_at timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into event_doubt (event, owner_id, holder_id, keys, noted_at)
  select e.id, e.owner_id, p_holder, p_keys, p_at from event e where e.id = p_event on conflict do nothing;
  if not found then return; end if;
  delete from event_voided where declaration = p_event and event <> p_event;
  insert into event_voided (event, declaration)
  select p_event, p_event from event e where e.id = p_event and not e.declared on conflict do nothing;
end $$;

-- Settles a doubt. What was confirmed or explained counts from now on, unless its error was declared meanwhile.
create function settle_event(p_event bigint, p_outcome text, p_at timestamptz) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update event_doubt set settled_at = p_at, outcome = p_outcome where event = p_event and settled_at is null;
  if not found then return false; end if;
  if p_outcome = 'rejected' then return true; end if;
  delete from event_voided where event = p_event and declaration = p_event;
  insert into event_voided (event, declaration)
  select o.id, d.id from event o join event d on d.event_digest = o.event_digest and d.declared
  where not o.declared and (o.id = p_event or d.id = p_event)
    and not exists (select from event_doubt x where x.event = d.id and coalesce(x.outcome, 'rejected') = 'rejected')
  on conflict do nothing;
  return true;
end $$;

revoke execute on function doubt_event, settle_event, has_part, company_prefix, is_place_of from public;
grant execute on function doubt_event, settle_event, has_part, company_prefix, is_place_of to shisu_web;

-- Who trades with whom, derived from events, and what that relation lets a partner read.

create table trading_partner (
  owner_id uuid not null,
  partner_id uuid not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (owner_id, partner_id),
  check (owner_id <> partner_id)
);
grant select, insert, update on trading_partner to shisu_web;

-- Takes the pairs of the events after a cursor. Looks back a little: ids are drawn before their transaction commits.
create function gather_trading_partners() returns bigint
language plpgsql as $$
declare
  margin constant bigint := 20000;
  cursor_at bigint;
  newest bigint;
begin
  insert into follower (name) values ('trading-partners') on conflict do nothing;
  select seq into cursor_at from follower where name = 'trading-partners' for update skip locked;
  if cursor_at is null then return 0; end if;
  select coalesce(max(id), 0) into newest from event;
  if newest <= cursor_at then return 0; end if;
  insert into trading_partner as p (owner_id, partner_id, first_at, last_at)
  select a.id, b.id, min(e.event_time), max(e.event_time)
  from event e, unnest(e.party_ids) a (id), unnest(e.party_ids) b (id)
  where e.id > cursor_at - margin and a.id <> b.id and not e.declared
    and (e.sources is not null or e.destinations is not null)
    and not exists (select from event_voided v where v.event = e.id)
  group by 1, 2
  on conflict (owner_id, partner_id) do update set
    first_at = least(p.first_at, excluded.first_at), last_at = greatest(p.last_at, excluded.last_at)
    where p.first_at > excluded.first_at or p.last_at < excluded.last_at;
  update follower set seq = newest, moved_at = now() where name = 'trading-partners';
  return newest - cursor_at;
end $$;
grant execute on function gather_trading_partners to shisu_web;

-- What a relation opens: named fields of one kind, read only. Granted under four eyes, ended at once.
create table relation_grant (
  id uuid primary key,
  kind text not null,
  relation text not null check (relation = 'trading-partner'),
  fields text[] not null check (cardinality(fields) > 0),
  granted_by text not null,
  granted_at timestamptz not null,
  ended_at timestamptz,
  ended_by text
);
create unique index relation_grant_kind on relation_grant (kind, relation) where ended_at is null;
grant select, insert on relation_grant to shisu_web;
grant update (ended_at, ended_by) on relation_grant to shisu_web;

-- The public entrance: stories through their two functions, scan counts, published rules, and which addresses are banned.
-- No table of business, persons or identity can be read with its role.
grant select (name, version, value) on policy to shisu_public;

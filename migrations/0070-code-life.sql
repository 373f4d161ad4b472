-- The life of codes after they were ordered, and what else a resolver knows. Still no row per code: what happens to many
-- at once is a range of their order.

-- unit or case; whether a code counts before it was activated; where the goods may be sold (a region's leading digits).
alter table code_order
  add column level text not null default 'unit' check (level in ('unit', 'case')),
  add column needs_activation boolean not null default false,
  add column market text check (market ~ '^[0-9]{2,6}$');

-- A product's number in short links.
alter table code_gtin add column short_no integer generated always as identity unique;

-- What happened to a part of an order, in order; the latest of a kind that covers a code holds.
create table code_mark (
  owner_id uuid not null,
  order_id uuid not null,
  id bigint generated always as identity,
  what text not null check (what in ('printed', 'activated', 'voided')),
  first bigint not null check (first >= 0),
  count bigint not null check (count > 0),
  reason text check (length(reason) between 1 and 200),
  at timestamptz not null,
  by_account uuid not null,
  primary key (owner_id, order_id, id),
  foreign key (owner_id, order_id) references code_order (owner_id, id)
);
grant select, insert on code_mark to shisu_web;

-- Codes that somebody else made: a prefix and a running number of fixed width (a width of 0 is one single code).
create table code_range (
  owner_id uuid not null,
  id uuid not null,
  gtin text not null check (gtin ~ '^[0-9]{14}$'),
  lot text not null check (length(lot) between 1 and 20),
  prefix text collate "C" not null check (length(prefix) <= 20),
  width smallint not null check (width between 0 and 15),
  first bigint not null check (first >= 0),
  last bigint not null,
  source text not null check (length(source) between 1 and 80),
  at timestamptz not null,
  by_account uuid not null,
  primary key (owner_id, id),
  check (last >= first and length(prefix) + width between 1 and 20)
);
create index code_range_of on code_range (gtin, prefix, width, first);
grant select, insert on code_range to shisu_web;

-- SSCCs are given out one after another within a company prefix, which belongs to whoever took it first.
create table sscc_prefix (
  prefix text primary key check (prefix ~ '^[0-9]{6,12}$'),
  owner_id uuid not null,
  next_reference bigint not null check (next_reference >= 0)
);
create table sscc_order (
  owner_id uuid not null,
  id uuid not null,
  prefix text not null references sscc_prefix (prefix),
  first_reference bigint not null check (first_reference >= 0),
  quantity integer not null check (quantity between 1 and 100000),
  issued_at timestamptz not null,
  issued_by uuid not null,
  primary key (owner_id, id)
);
grant select, insert on sscc_prefix, sscc_order to shisu_web;
grant update (next_reference) on sscc_prefix to shisu_web;

-- Looks at a code of which a place or region is known, and looks of officers and traders, which count otherwise.
create table code_look (
  id text not null check (length(id) <= 120),
  at timestamptz not null,
  by text not null check (by in ('shopper', 'trade', 'officer')),
  lng numeric(9, 6) check (lng between -180 and 180),
  lat numeric(8, 6) check (lat between -90 and 90),
  region text check (region ~ '^[0-9]{6}$')
);
create index code_look_of on code_look (id, at);
grant select, insert on code_look to shisu_web;
grant insert on code_look to shisu_public;

-- What speaks for a forged code: one row a code and reason, told once.
create table code_signal (
  id text not null check (length(id) <= 120),
  reason text not null check (reason in ('speed', 'places', 'scans', 'inactive', 'void', 'consumed', 'market')),
  gtin text not null,
  lot text,
  owner_id uuid not null,
  at timestamptz not null,
  detail jsonb not null,
  told_at timestamptz,
  primary key (id, reason)
);
create index code_signal_untold on code_signal (at) where told_at is null;
create index code_signal_own on code_signal (owner_id, at desc);
grant select, insert on code_signal to shisu_web;
grant update (told_at) on code_signal to shisu_web;

-- Links that an owner names for its product, lot or thing, under the canonical key.
create table resolver_link (
  owner_id uuid not null,
  id uuid not null,
  key text collate "C" not null check (length(key) <= 200),
  link_type text not null check (length(link_type) <= 120),
  href text not null check (length(href) <= 1000),
  title text not null check (length(title) between 1 and 120),
  language text check (language ~ '^[a-z]{2}(-[A-Z]{2})?$'),
  media_type text check (length(media_type) <= 80),
  created_at timestamptz not null,
  created_by uuid not null,
  ended_at timestamptz,
  primary key (owner_id, id)
);
create index resolver_link_of on resolver_link (key) where ended_at is null;
grant select, insert on resolver_link to shisu_web;
grant update (ended_at) on resolver_link to shisu_web;

-- What another system's code (scheme and value) means here.
create table code_alias (
  key text collate "C" primary key check (length(key) <= 400),
  target text not null check (length(target) <= 200),
  owner_id uuid not null,
  created_at timestamptz not null,
  created_by uuid not null
);
create index code_alias_own on code_alias (owner_id, created_at);
grant select, insert on code_alias to shisu_web;

insert into rule (name, valid_from, value, unit, article, mark, note) values
  ('counterfeit.speed-kmh', '1900-01-01', 900, 'KMH', '—', 'P', '两次查询之间快于此速度，同一个码不可能在两地'),
  ('counterfeit.distance-km', '1900-01-01', 50, 'KMT', '—', 'P', '近于此距离不比速度：定位不准'),
  ('counterfeit.places', '1900-01-01', 4, 'EA', '—', 'P', '一个码在这么多处以上被消费者查询，即提示'),
  ('counterfeit.places-days', '1900-01-01', 30, 'DAY', '—', 'P', '数地点的天数'),
  ('counterfeit.scans', '1900-01-01', 200, 'EA', '—', 'P', '一个码被查询这么多次以上，即提示');

-- A new key is used only when every process has had the time to read it.
create or replace function current_code_key() returns smallint
language sql stable security definer set search_path = public, pg_temp
as $$ select max(version) from code_key where version = 1 or created_at <= now() - interval '5 minutes' $$;

-- Makes the next key (256 bits hashed from three random UUIDs); the application may ask for one and never sees it.
create function rotate_code_key() returns smallint
language sql security definer set search_path = public, pg_temp
as $$
  insert into code_key (version, material)
  select max(version) + 1, sha256(convert_to(concat(gen_random_uuid(), gen_random_uuid(), gen_random_uuid()), 'UTF8')) from code_key
  returning version
$$;

-- What a resolver may tell of keys, the finest first; only what stands.
create function resolver_links(p_keys text[]) returns table (key text, link_type text, href text, title text, language text, media_type text)
language sql stable security definer set search_path = public, pg_temp
as $$
  select l.key, l.link_type, l.href, l.title, l.language, l.media_type
  from unnest(p_keys) with ordinality k (key, n) join resolver_link l on l.key = k.key and l.ended_at is null
  order by k.n, l.created_at, l.id limit 100
$$;
create function alias_target(p_key text) returns text
language sql stable security definer set search_path = public, pg_temp
as $$ select target from code_alias where key = p_key $$;
create function gtin_of_short(p_no integer) returns text
language sql stable security definer set search_path = public, pg_temp
as $$ select gtin from code_gtin where short_no = p_no $$;

-- What speaks for a forgery of one code among its looks with a place: the figures of the day decide.
create function note_signal(p_id text, p_reason text, p_gtin text, p_lot text, p_at timestamptz, p_detail jsonb)
returns void language sql security definer set search_path = public, pg_temp
as $$
  insert into code_signal (id, reason, gtin, lot, owner_id, at, detail)
  select p_id, p_reason, p_gtin, p_lot, o.owner_id, p_at, p_detail
  from (select owner_id from code_gtin where gtin = p_gtin
    union all select owner_id from code_range where gtin = p_gtin limit 1) o
  on conflict do nothing
$$;
create function looks_of(p_id text, p_since timestamptz)
returns table (at timestamptz, by text, lng numeric, lat numeric, region text)
language sql stable security definer set search_path = public, pg_temp
as $$ select at, by, lng, lat, region from code_look where id = p_id and at >= p_since order by at limit 500 $$;

-- As in 0004, and what is known of the code itself: whether it may be used yet or any more, where it may be sold, and
-- whether somebody else's range holds it.
create or replace function story_glance(p_gtin text, p_lot_key text, p_serial_key text, p_index bigint, p_key_version integer)
returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp
-- One plan by index, whatever the tables looked like when it was made.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  issued code_order;
  foreign_range code_range;
  serial_text text;
  serial_id bigint;
  lot_id bigint;
  lot_key text := p_lot_key;
  lot_text text;
  ordered boolean;
  events bigint[];
  roles text[];
  marks jsonb;
begin
  if p_index is not null then
    select o.* into issued
    from code_gtin g cross join lateral (
      select * from code_order o where o.owner_id = g.owner_id and o.gtin = g.gtin and o.first_index <= p_index
      order by o.first_index desc limit 1
    ) o
    where g.gtin = p_gtin and p_index < o.first_index + o.quantity and o.key_version = p_key_version;
  end if;
  if p_serial_key is null then
    ordered := exists (select from code_order o where o.lot_key = p_lot_key);
  else
    if issued.id is null then
      serial_text := split_part(p_serial_key, '/21/', 2);
      select r.* into foreign_range from code_range r
      where r.gtin = p_gtin and starts_with(serial_text, r.prefix) and length(serial_text) = length(r.prefix) + r.width
        and (r.width = 0 or (substr(serial_text, length(r.prefix) + 1) ~ '^[0-9]+$'
          and substr(serial_text, length(r.prefix) + 1)::bigint between r.first and r.last))
      limit 1;
    end if;
    ordered := issued.id is not null or foreign_range.id is not null;
    select k.id into serial_id from trace_key k
    where k.key = p_serial_key and exists (select from event_key x where x.key = k.id);
    -- What an event says of a serial's lot goes before the order that the code was printed for.
    select k.key, k.lot into lot_key, lot_text from edge e join trace_key k on k.id = e.src
    where e.dst = serial_id and e.kind = 'l' limit 1;
    if lot_key is null then
      lot_text := coalesce(issued.lot, foreign_range.lot);
      lot_key := issued.lot_key;
      if lot_key is null and foreign_range.id is not null and foreign_range.lot ~ '^[0-9A-Za-z._-]+$' then
        lot_key := 'https://id.gs1.org/01/' || p_gtin || '/10/' || foreign_range.lot;
      end if;
    end if;
  end if;
  if issued.id is not null then
    select jsonb_build_object('market', issued.market,
      'inactive', issued.needs_activation and not exists (
        select from code_mark m where m.owner_id = issued.owner_id and m.order_id = issued.id and m.what = 'activated'
          and p_index - issued.first_index >= m.first and p_index - issued.first_index < m.first + m.count),
      'voided', (select m.at from code_mark m where m.owner_id = issued.owner_id and m.order_id = issued.id
        and m.what = 'voided' and p_index - issued.first_index >= m.first and p_index - issued.first_index < m.first + m.count
        order by m.id limit 1)) into marks;
  elsif foreign_range.id is not null then
    marks := jsonb_build_object('source', foreign_range.source);
  end if;
  if serial_id is not null then
    select array_agg(x.event), array_agg(x.role) into events, roles
    from (select * from public_own(serial_id) union all select * from public_way(serial_id)) x;
  end if;
  select k.id, coalesce(lot_text, k.lot) into lot_id, lot_text from trace_key k where k.key = lot_key;
  return jsonb_build_object(
    'ordered', ordered,
    'code', jsonb_strip_nulls(marks),
    'signals', (select jsonb_agg(s.reason order by s.reason) from code_signal s where s.id = p_serial_key),
    'serialSeen', serial_id is not null,
    'lotKey', lot_key,
    'lot', coalesce(lot_text, issued.lot),
    'lotSeen', lot_id is not null,
    'version', (select concat_ws('.', count(*), count(v.event), max(x.event)) from event_key x
      left join event_voided v on v.event = x.event where x.key = coalesce(lot_id, serial_id)),
    'events', case when events is null then '[]' else public_events(events, roles, false) end,
    'scans', (select jsonb_build_object('count', s.scans, 'firstAt', s.first_at) from code_scan s
      where s.id = coalesce(p_serial_key, p_lot_key)));
end $$;

revoke execute on function rotate_code_key, resolver_links, alias_target, gtin_of_short, note_signal, looks_of from public;
grant execute on function resolver_links, alias_target, gtin_of_short, note_signal, looks_of to shisu_web, shisu_public;
grant execute on function rotate_code_key to shisu_web;

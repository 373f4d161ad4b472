-- Shoppers' looks by day, product, lot and channel: what an analysis of looks is made from. No row for a single look and
-- nothing of who looked. firsts: codes that were looked at for the first time.
create table code_look_day (
  gtin text not null check (gtin ~ '^[0-9]{14}$'),
  day date not null,
  lot text not null check (length(lot) <= 20),
  channel text not null check (channel in ('wechat', 'qq', 'alipay', 'browser', 'program')),
  looks bigint not null check (looks > 0),
  firsts bigint not null check (firsts >= 0),
  primary key (gtin, day, lot, channel)
) with (fillfactor = 70);
grant select on code_look_day to shisu_web;

-- The public entrance counts and reads nothing.
create function count_looks(
  p_gtins text[], p_days date[], p_lots text[], p_channels text[], p_looks bigint[], p_firsts bigint[]
) returns void
language sql security definer set search_path = public, pg_temp
as $$
  insert into code_look_day as d (gtin, day, lot, channel, looks, firsts)
  select * from unnest(p_gtins, p_days, p_lots, p_channels, p_looks, p_firsts)
  on conflict (gtin, day, lot, channel) do update set looks = d.looks + excluded.looks, firsts = d.firsts + excluded.firsts
$$;
revoke execute on function count_looks from public;
grant execute on function count_looks to shisu_web, shisu_public;

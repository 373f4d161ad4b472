-- 消息中心 (D4.3.7.10): what one person is told through one channel, subscriptions, and the channels out of the house.

create table message_channel (
  name text primary key check (name in ('email', 'sms', 'wechat')),
  is_on boolean not null default false,
  config jsonb not null,
  -- Passwords and tokens, sealed under this installation's keys.
  secret bytea,
  version integer not null default 1,
  updated_at timestamptz not null,
  updated_by text not null
);
grant select, insert, update on message_channel to shisu_web;

-- Where a person is reached outside; sealed, with what may be shown of it.
create table message_contact (
  account_id uuid not null references account (id),
  channel text not null check (channel in ('email', 'sms', 'wechat')),
  address bytea not null,
  shown text not null,
  updated_at timestamptz not null,
  primary key (account_id, channel)
);
grant select, insert, update, delete on message_contact to shisu_web;

-- Through which channels, besides the application, a person is told of what is theirs: 待办, 审批, 提到我的.
create table message_wish (
  account_id uuid primary key references account (id),
  channels text[] not null default '{}' check (channels <@ array['email', 'sms', 'wechat'])
);
grant select, insert, update on message_wish to shisu_web;

create table message_subscription (
  id uuid primary key,
  account_id uuid not null references account (id),
  title text not null check (char_length(title) between 1 and 60),
  what text not null check (what in ('notice', 'record')),
  kind text,
  level text check (level in ('bad', 'warn', 'info')),
  region text,
  subject uuid,
  -- Values that the record must have, as in a list's filters.
  filter jsonb not null default '{}' check (jsonb_typeof(filter) = 'object'),
  channels text[] not null default '{}' check (channels <@ array['email', 'sms', 'wechat']),
  created_at timestamptz not null,
  ended_at timestamptz,
  check (what = 'notice' or kind is not null)
);
create index message_subscription_account on message_subscription (account_id) where ended_at is null;
create index message_subscription_what on message_subscription (what, kind) where ended_at is null;
grant select, insert on message_subscription to shisu_web;
grant update (ended_at) on message_subscription to shisu_web;

create table message (
  id uuid primary key,
  account_id uuid not null references account (id),
  channel text not null check (channel in ('app', 'email', 'sms', 'wechat')),
  topic text not null check (topic in ('task', 'flow', 'mention', 'overdue', 'subscription')),
  level text not null check (level in ('bad', 'warn', 'info')),
  title text not null,
  detail text,
  kind text not null,
  record_id uuid not null,
  at timestamptz not null,
  -- What it tells of: nobody is told of one thing twice through one channel.
  key text not null,
  read_at timestamptz,
  state text not null check (state in ('waiting', 'sending', 'sent', 'given-up', 'unsure')),
  tries integer not null default 0,
  next_at timestamptz,
  sent_at timestamptz,
  error text,
  unique (account_id, channel, key),
  check (channel <> 'app' or state = 'sent')
);
create index message_inbox on message (account_id, at desc, id desc) where channel = 'app';
create index message_unread on message (account_id) where channel = 'app' and read_at is null;
create index message_waiting on message (next_at) where state = 'waiting';
create index message_sending on message (id) where state = 'sending';
create index message_outside on message (at desc) where channel <> 'app';
grant select, insert on message to shisu_web;
grant update (read_at, state, tries, next_at, sent_at, error) on message to shisu_web;

-- The channels through which an account is told: the application always, others where they are on and reach it.
create function channels_of(account uuid, wished text[]) returns setof text
language sql stable as $$
  select 'app'
  union all
  select w.name from unnest(wished) w (name)
  join message_channel c on c.name = w.name and c.is_on
  join message_contact k on k.account_id = account and k.channel = w.name
$$;

-- Whether an account reaches what belongs to an owner in a region.
create function account_reaches(account uuid, owner uuid, of_region text) returns boolean
language sql stable as $$
  select exists (
    select from account a join owner o on o.id = a.owner_id
    where a.id = account and a.disabled_at is null and a.confirmed_at is not null and case a.role
      when 'enterprise' then a.owner_id = owner
      when 'city' then left(of_region, 4) || '00' = o.region
      when 'county' then of_region = o.region
        and (o.station is null or exists (select from owner s where s.id = owner and s.station = o.station))
      else false end)
$$;

-- Notices reach those who subscribed, in the same transaction, whoever raised them.
create function tell_of_notice() returns trigger language plpgsql as $$
begin
  insert into message (id, account_id, channel, topic, level, title, detail, kind, record_id, at, key, state, next_at, sent_at)
  select gen_random_uuid(), s.account_id, c.name, 'subscription', new.level, new.title, new.detail, new.kind,
    new.record_id, new.at, 'notice ' || new.id, case c.name when 'app' then 'sent' else 'waiting' end,
    case c.name when 'app' then null else new.at end, case c.name when 'app' then new.at end
  from message_subscription s, channels_of(s.account_id, s.channels) c (name)
  where s.ended_at is null and s.what = 'notice' and (s.kind is null or s.kind = new.kind)
    and (s.level is null or s.level = new.level or s.level = 'warn' and new.level = 'bad' or s.level = 'info')
    and (s.region is null or s.region = new.region) and (s.subject is null or s.subject = new.owner_id)
    and account_reaches(s.account_id, new.owner_id, new.region)
  on conflict do nothing;
  return null;
end $$;
create trigger notice_told after insert on notice for each row execute function tell_of_notice();

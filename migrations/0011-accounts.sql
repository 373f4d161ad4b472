-- Roles, accounts, policies, second factors, four eyes.

-- The role tree. A role narrows its parent: it never has more than the base it stands on.
create table role (
  name text primary key check (name ~ '^[a-z][a-z0-9-]{1,40}$'),
  title text not null check (char_length(title) between 1 and 40),
  base text not null check (base in ('city', 'county', 'enterprise', 'system', 'security', 'audit')),
  parent text,
  -- What it leaves of its parent: {"kinds": {kind or "*": {"verbs": [...], "hide": [field, ...]}}, "own": true}.
  narrows jsonb not null default '{}',
  version integer not null default 1,
  retired_at timestamptz,
  unique (name, base),
  check ((parent is null) = (name = base)),
  foreign key (parent, base) references role (name, base)
);
insert into role (name, title, base) values
  ('city', '市级监管', 'city'), ('county', '县区监管', 'county'), ('enterprise', '企业', 'enterprise'),
  ('system', '系统管理员', 'system'), ('security', '安全管理员', 'security'), ('audit', '审计管理员', 'audit');
grant select, insert, update on role to shisu_web;

-- One natural person has one duty, however many accounts: whoever runs the system neither grants rights nor audits.
-- The key is a blind index of the identity number, never the number.
create table person_duty (
  person_key bytea primary key,
  duty text not null check (duty in ('business', 'system', 'security', 'audit')),
  unique (person_key, duty)
);
grant select, insert on person_duty to shisu_web;

alter table account drop constraint account_role_check;
alter table account
  add constraint account_role_check check (role in ('city', 'county', 'enterprise', 'system', 'security', 'audit')),
  add column position text,
  add column duty text not null generated always as
    (case when role in ('system', 'security', 'audit') then role else 'business' end) stored,
  add column person_key bytea,
  add column version integer not null default 1,
  -- Why the password must be changed before anything else: 'first' or 'reset'.
  add column must_change text check (must_change in ('first', 'reset')),
  add column password_changed_at timestamptz,
  add column valid_until timestamptz,
  add column disabled_reason text,
  add column confirmed_at timestamptz,
  add constraint account_position foreign key (position, role) references role (name, base),
  add constraint account_person foreign key (person_key, duty) references person_duty (person_key, duty),
  add constraint account_id_duty unique (id, duty);
update account set position = role, password_changed_at = created_at, confirmed_at = created_at;

create function account_position() returns trigger language plpgsql as $$
begin
  new.position := coalesce(new.position, new.role);
  new.password_changed_at := coalesce(new.password_changed_at, new.created_at);
  return new;
end $$;
create trigger account_position before insert on account for each row execute function account_position();
alter table account alter column position set not null;

-- The three administrators are kept apart for the whole life of an account, whatever code says.
create function duty_stays() returns trigger language plpgsql as $$
begin
  if (new.role in ('system', 'security', 'audit') or old.role in ('system', 'security', 'audit'))
    and new.role is distinct from old.role then
    raise exception using errcode = 'SH409', message = '系统、安全、审计管理员与业务账号之间不能互换，请另开账号';
  end if;
  if old.person_key is not null and new.person_key is distinct from old.person_key then
    raise exception using errcode = 'SH409', message = '账号所属的人不能更换';
  end if;
  return new;
end $$;
create trigger account_duty_stays before update on account for each row execute function duty_stays();
create trigger account_is_kept before delete on account for each row execute function stays_as_written();

create table password_history (
  account_id uuid not null references account (id),
  at timestamptz not null,
  password_hash text not null,
  primary key (account_id, at)
);
grant select, insert on password_history to shisu_web;

-- Failures by account name and by address, known or not: counted before the password is looked at.
create table sign_in_guard (
  key bytea primary key,
  failures integer not null default 0,
  -- How often it was locked in a row: each lock is twice as long.
  locks integer not null default 0,
  first_at timestamptz not null,
  locked_until timestamptz
);
grant select, insert, update, delete on sign_in_guard to shisu_web;

create table second_factor (
  id uuid primary key,
  account_id uuid not null references account (id),
  kind text not null check (kind in ('totp', 'passkey', 'recovery')),
  title text not null,
  -- totp: the sealed secret; recovery: sha256 of a code.
  secret bytea,
  credential_id text unique,
  public_key bytea,
  counter bigint not null default 0,
  -- The last time step that was taken: a code opens the door once.
  last_step bigint not null default 0,
  confirmed_at timestamptz,
  used_at timestamptz,
  created_at timestamptz not null
);
create index second_factor_account on second_factor (account_id);
grant select, insert, update, delete on second_factor to shisu_web;

alter table session
  add column id uuid not null default gen_random_uuid() unique,
  add column address text not null default '',
  add column agent text not null default '',
  -- What was proven: 'password', 'password+totp', 'password+passkey', 'password+recovery', 'site-pin', 'oidc'.
  add column factor text not null default 'password',
  -- What is still asked for before the session opens anything: 'second-factor', 'enrol', 'password'.
  add column next text check (next in ('second-factor', 'enrol', 'password')),
  add column challenge text,
  -- Narrower than the person: a shared phone.
  add column scopes text[] not null default '{}',
  add column idle_minutes integer,
  -- Seeing what another account sees: read only.
  add column view_as uuid references account (id),
  add column acting_for uuid references account (id);

-- Policies and thresholds: every version stays, the highest is in force.
create table policy (
  name text not null,
  version integer not null check (version > 0),
  value jsonb not null,
  at timestamptz not null,
  actor text not null,
  reason text not null check (char_length(reason) between 2 and 300),
  primary key (name, version)
);
create trigger policy_stays before update or delete on policy for each row execute function stays_as_written();
grant select, insert on policy to shisu_web, shisu_audit;
revoke insert on policy from shisu_audit;

-- Four eyes: who asks for a dangerous act is never who allows it, and an administrator's act needs another duty.
create table approval (
  id uuid primary key,
  act text not null,
  title text not null,
  -- What would be done, as the act reads it.
  subject jsonb not null,
  reason text not null check (char_length(reason) between 2 and 300),
  asked_by uuid not null references account (id),
  asked_name text not null,
  asked_duty text not null,
  asked_owner uuid not null,
  asked_at timestamptz not null,
  expires_at timestamptz not null,
  -- Who may decide: duties, and for business acts the owner.
  deciders text[] not null,
  decider_owner uuid,
  state text not null default 'waiting' check (state in ('waiting', 'approved', 'refused', 'withdrawn')),
  decided_by uuid references account (id),
  decided_name text,
  decided_duty text,
  decided_at timestamptz,
  answer text,
  -- An approved export or print is used once.
  used_at timestamptz,
  constraint approval_by_another check (decided_by is distinct from asked_by or state = 'withdrawn'),
  constraint approval_by_another_duty check (asked_duty = 'business' or decided_duty is distinct from asked_duty
    or state = 'withdrawn'),
  check ((state in ('approved', 'refused')) = (decided_by is not null))
);
create index approval_waiting on approval (asked_at desc) where state = 'waiting';
create index approval_asked on approval (asked_by, asked_at desc);
grant select, insert, update on approval to shisu_web;
create function decided_stays() returns trigger language plpgsql as $$
begin
  if old.state <> 'waiting' and (new.state is distinct from old.state or new.decided_by is distinct from old.decided_by)
    or new.subject is distinct from old.subject or new.asked_by is distinct from old.asked_by
    or (old.used_at is not null and new.used_at is distinct from old.used_at) then
    raise exception using errcode = 'SH409', message = '审批一经作出不能更改';
  end if;
  return new;
end $$;
create trigger approval_decided before update on approval for each row execute function decided_stays();
create trigger approval_is_kept before delete on approval for each row execute function stays_as_written();

-- A kitchen's shared phone: the QR on the wall says where, the PIN says who.
create table site_point (
  id uuid primary key,
  owner_id uuid not null references owner (id),
  title text not null check (char_length(title) between 1 and 60),
  code_hash bytea not null unique,
  created_by text not null,
  created_at timestamptz not null,
  revoked_at timestamptz
);
create index site_point_owner on site_point (owner_id);
grant select, insert on site_point to shisu_web;
grant update (revoked_at) on site_point to shisu_web;
create table site_pin (
  account_id uuid primary key references account (id),
  owner_id uuid not null,
  -- Keyed digest: unique within an owner, so that a PIN names one person.
  pin_digest bytea not null,
  set_at timestamptz not null,
  unique (owner_id, pin_digest)
);
grant select, insert, update, delete on site_pin to shisu_web;

-- Areas that GB/T 2260 does not have (a new district) and stations below the county, as data.
create table area (
  -- Six digits: a county of its own; nine: a station or township within the county of its first six (GB/T 10114).
  code text primary key check (code ~ '^[0-9]{6}([0-9]{3})?$'),
  title text not null check (char_length(title) between 2 and 40),
  -- The six-digit area in which it lies.
  county text not null check (county ~ '^[0-9]{6}$'),
  version integer not null default 1,
  since timestamptz not null,
  retired_at timestamptz,
  check (char_length(code) = 6 and county = code or char_length(code) = 9)
);
grant select, insert, update on area to shisu_web;
alter table owner add column station text references area (code);
create index owner_station on owner (station) where station is not null;

-- Acting for an absent colleague of the same duty, until an end.
create table delegation (
  id uuid primary key,
  from_account uuid not null,
  from_duty text not null,
  to_account uuid not null,
  to_duty text not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  reason text not null check (char_length(reason) between 2 and 300),
  made_by text not null,
  ended_at timestamptz,
  check (from_account <> to_account),
  constraint delegation_within_duty check (from_duty = to_duty),
  constraint delegation_ends check (ends_at > starts_at and ends_at <= starts_at + interval '90 days'),
  foreign key (from_account, from_duty) references account (id, duty),
  foreign key (to_account, to_duty) references account (id, duty)
);
create index delegation_to on delegation (to_account, from_account);
grant select, insert on delegation to shisu_web;
grant update (ended_at) on delegation to shisu_web;

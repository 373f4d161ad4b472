-- Systems and devices that call the API: from sandbox to retirement, with quotas, expiry and usage.

create table api_client (
  id uuid primary key,
  owner_id uuid not null references owner (id),
  -- In whose name it acts. In the sandbox it acts for an owner of its own that nobody else sees.
  account_id uuid not null references account (id),
  sandbox_account_id uuid references account (id),
  name text not null check (char_length(name) between 2 and 60),
  purpose text not null check (char_length(purpose) between 2 and 300),
  kind text not null check (kind in ('system', 'device')),
  scopes text[] not null,
  state text not null default 'sandbox' check (state in ('sandbox', 'live', 'deprecated', 'retired')),
  version integer not null default 1,
  created_by text not null,
  created_at timestamptz not null,
  -- A deprecated client works until then.
  retires_at timestamptz,
  check ((state = 'deprecated') <= (retires_at is not null))
);
create index api_client_owner on api_client (owner_id, id);
grant select, insert, update on api_client to shisu_web;

alter table api_token
  add column id uuid not null default gen_random_uuid() unique,
  add column client_id uuid references api_client (id),
  add column per_minute integer check (per_minute between 1 and 1000000),
  add column last_used_at timestamptz,
  add column last_address text;
create index api_token_client on api_token (client_id);
grant update (last_used_at, last_address, expires_at) on api_token to shisu_web;

create table api_usage (
  token_id uuid not null,
  hour timestamptz not null,
  calls bigint not null,
  refused bigint not null,
  primary key (token_id, hour)
);
grant select, insert, update on api_usage to shisu_web;

-- Routes on their way out: announced in headers for at least twelve months.
create table api_deprecation (
  method text not null check (method in ('GET', 'POST', 'PUT', 'PATCH', 'DELETE')),
  route text not null,
  since timestamptz not null,
  sunset timestamptz not null,
  successor text not null,
  primary key (method, route),
  check (sunset >= since + interval '12 months')
);
grant select, insert, update on api_deprecation to shisu_web;

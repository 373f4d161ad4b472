-- Single sign-on: business systems that sign in here, and outside identities that are accounts here.

create table oidc_client (
  client_id text primary key,
  name text not null check (char_length(name) between 2 and 60),
  owner_id uuid not null references owner (id),
  -- Sealed: the provider must compare it.
  secret bytea not null,
  redirect_uris text[] not null check (cardinality(redirect_uris) between 1 and 10),
  post_logout_uris text[] not null default '{}',
  backchannel_logout_uri text,
  created_by text not null,
  created_at timestamptz not null,
  confirmed_at timestamptz,
  retired_at timestamptz
);
grant select, insert, update on oidc_client to shisu_web;

-- What the provider remembers between requests, by sha256 of its id: a stolen backup opens nothing.
create table oidc_store (
  model text not null,
  id bytea not null,
  payload jsonb not null,
  grant_id text,
  uid text,
  account_id uuid,
  expires_at timestamptz,
  consumed_at timestamptz,
  primary key (model, id)
);
create index oidc_store_grant on oidc_store (grant_id) where grant_id is not null;
create index oidc_store_uid on oidc_store (uid) where uid is not null;
create index oidc_store_account on oidc_store (account_id) where account_id is not null;
create index oidc_store_expires on oidc_store (expires_at);
grant select, insert, update, delete on oidc_store to shisu_web;

-- Signing keys, sealed. The newest signs; older ones are still published until they are retired.
create table oidc_key (
  kid text primary key,
  jwk bytea not null,
  made_at timestamptz not null,
  retired_at timestamptz
);
grant select, insert, update on oidc_key to shisu_web;

create table external_identity (
  issuer text not null,
  subject text not null,
  account_id uuid not null references account (id),
  bound_by text not null,
  bound_at timestamptz not null,
  primary key (issuer, subject)
);
create index external_identity_account on external_identity (account_id);
grant select, insert, delete on external_identity to shisu_web;

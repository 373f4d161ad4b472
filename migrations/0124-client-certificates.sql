-- Certificates by which a system proves itself in the TLS handshake (mutual TLS). A client that has one is let in by it
-- alone or with a token over a connection that it holds; its tokens alone are worth nothing then (RFC 8705).
create table client_certificate (
  id uuid primary key,
  client_id uuid not null references api_client (id),
  -- Of the certificate's DER: the certificate itself, whoever else its authority gives one to.
  sha256 text not null unique check (sha256 ~ '^[0-9a-f]{64}$'),
  subject text not null,
  not_after timestamptz not null,
  added_by text not null,
  added_at timestamptz not null,
  revoked_at timestamptz
);
create index client_certificate_client on client_certificate (client_id);
grant select, insert on client_certificate to shisu_web;
grant update (revoked_at) on client_certificate to shisu_web;

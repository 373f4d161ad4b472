-- 本人的个人信息: what somebody asks of whoever keeps data about him (PIPL Arts 44-47), and what came of it.
create table own_data_request (
  id uuid primary key,
  account_id uuid not null references account (id),
  owner_id uuid not null references owner (id),
  -- The record it is about; null where it is about the account itself.
  kind text,
  record_id uuid,
  wish text not null check (wish in ('correct', 'withdraw', 'erase', 'copy')),
  -- Sealed under this installation's key: it speaks of a person.
  words bytea not null,
  asked_at timestamptz not null,
  answered_at timestamptz,
  answered_by text,
  answer text,
  check ((kind is null) = (record_id is null)),
  check ((answered_at is null) = (answer is null))
);
create index own_data_request_account on own_data_request (account_id, asked_at desc);
create index own_data_request_open on own_data_request (owner_id, asked_at) where answered_at is null;
grant select, insert on own_data_request to shisu_web;
grant update (answered_at, answered_by, answer) on own_data_request to shisu_web;

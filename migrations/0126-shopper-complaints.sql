-- What shoppers tell from the page of a scanned bag, as it came over the public entrance: it waits here, with its pictures,
-- until the desk's side takes it into its records; then only the number and the digest remain, by which the reply is found.
create table shopper_complaint (
  number text primary key check (number ~ '^[0-9A-HJKMNP-TV-Z]{10}$'),
  -- sha256 of the number and the phone's digits: the reply is for who knows both.
  phone_digest bytea not null,
  received_at timestamptz not null,
  told jsonb,
  photos bytea[],
  photo_types text[],
  owner_id uuid,
  complaint_id uuid
);
create index shopper_complaint_waiting on shopper_complaint (received_at) where complaint_id is null;
grant insert on shopper_complaint to shisu_web, shisu_public;
grant select, update on shopper_complaint to shisu_web;

create function complaint_answer(p_number text, p_digest bytea) returns jsonb
language sql stable security definer set search_path = public, pg_temp
as $$
  select jsonb_build_object('receivedAt', s.received_at, 'state', coalesce(c.state, 'received'), 'number', c.number,
    'reply', case when c.state in ('replied', 'rejected') then c.reply end)
  from shopper_complaint s left join complaint c on c.owner_id = s.owner_id and c.id = s.complaint_id
  where s.number = p_number and s.phone_digest = p_digest
$$;
revoke execute on function complaint_answer from public;
grant execute on function complaint_answer to shisu_web, shisu_public;

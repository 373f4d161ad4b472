-- A mail address is used only after whoever reads it has said that it is theirs (D4.3.7.10).
alter table message_contact add column confirmed_at timestamptz;
-- The one-time code of the letter that asks, as its digest.
alter table message_contact add column code_digest bytea;
alter table message_contact add column code_until timestamptz;
update message_contact set confirmed_at = updated_at;

create or replace function channels_of(account uuid, wished text[]) returns setof text
language sql stable as $$
  select 'app'
  union all
  select w.name from unnest(wished) w (name)
  join message_channel c on c.name = w.name and c.is_on
  join message_contact k on k.account_id = account and k.channel = w.name and k.confirmed_at is not null
$$;

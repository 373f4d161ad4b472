-- After a rotation what else is sealed under this installation's keys is wrapped again under the newest one, too: seeds of
-- authenticators, secrets of systems and channels, addresses of people, words of requests. Only the very value that was read
-- is replaced, and nothing but it: rows that may not be changed otherwise stay as they are.
create function rewrap_sealed(place text, whom text, was bytea, becomes bytea) returns boolean
language plpgsql volatile strict security definer set search_path = public, pg_temp as $$
begin
  case place
    when 'second_factor' then update second_factor t set secret = becomes where t.id = whom::uuid and t.secret = was;
    when 'oidc_client' then update oidc_client t set secret = becomes where t.client_id = whom and t.secret = was;
    when 'oidc_key' then update oidc_key t set jwk = becomes where t.kid = whom and t.jwk = was;
    when 'message_channel' then update message_channel t set secret = becomes where t.name = whom and t.secret = was;
    when 'message_contact' then update message_contact t set address = becomes
      where t.channel = split_part(whom, ' ', 1) and t.account_id = split_part(whom, ' ', 2)::uuid and t.address = was;
    when 'epcis_subscription' then update epcis_subscription t set secret = becomes where t.id = whom::uuid and t.secret = was;
    when 'own_data_request' then update own_data_request t set words = becomes where t.id = whom::uuid and t.words = was;
    when 'flow' then update flow t set input = becomes where t.id = whom::uuid and t.input = was;
  end case;
  return found;
end $$;

-- What is sealed, by place: which row, and the value.
create view sealed_secret as
  select 'second_factor' as place, id::text as whom, secret as sealed from second_factor where kind = 'totp' and secret is not null
  union all select 'oidc_client', client_id, secret from oidc_client
  union all select 'oidc_key', kid, jwk from oidc_key
  union all select 'message_channel', name, secret from message_channel where secret is not null
  union all select 'message_contact', channel || ' ' || account_id, address from message_contact
  union all select 'epcis_subscription', id::text, secret from epcis_subscription where secret is not null
  union all select 'own_data_request', id::text, words from own_data_request
  union all select 'flow', id::text, input from flow where input is not null;

revoke execute on function rewrap_sealed from public;
grant execute on function rewrap_sealed to shisu_web;
grant select on sealed_secret to shisu_web;

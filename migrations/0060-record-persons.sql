-- Personal and secret fields of records lie under a key of the person they speak of, one text for all of a record's.
-- The row, its history and every backup hold what nobody can open once the key is destroyed.

-- A person is kept in the statement that writes the record, and a subject's owner comes into being with it.
alter table person alter constraint person_owner_id_fkey deferrable initially deferred;

-- The record's own predicate is the lock; keys are wrapped under the installation's and useless without its key file.
create function person_key(id uuid) returns text
language sql stable security definer set search_path = public, pg_temp
return (select encode(p.key, 'base64') from person p where p.id = person_key.id);
create function keep_person(id uuid, owner uuid, suite text, key text, at timestamptz) returns boolean
language plpgsql volatile strict security definer set search_path = public, pg_temp as $$
begin
  insert into person (id, owner_id, suite, key, created_at) values (id, owner, suite, decode(key, 'base64'), at);
  return true;
end $$;
revoke execute on function person_key, keep_person from public;
grant execute on function person_key, keep_person to shisu_web;

-- Cross-checks over sealed fields are made on the values that come in.
create function require_check(holds boolean, name text) returns boolean language plpgsql as $$
begin
  if not coalesce(holds, true) then
    raise exception using errcode = '23514', constraint = name, message = 'check';
  end if;
  return true;
end $$;

-- A consent has an end where it was given for a time, and says who took it down.
alter table consent add column until timestamptz, add column taken_by text, add column withdrawn_by text;
grant update (withdrawn_by) on consent to shisu_web;
create function consents_of(person uuid, at timestamptz) returns table (purpose text)
language sql stable security definer set search_path = public, pg_temp
begin atomic
  select c.purpose from consent c where c.person_id = person and c.withdrawn_at is null and (c.until is null or c.until > at);
end;
revoke execute on function consents_of from public;
grant execute on function consents_of to shisu_web;

-- What the declarations derive from it (npm run migrate:draft).

alter table subject add column person_id uuid;
alter table subject add column sealed text;
alter table subject add column blind text[];
alter table subject alter column contact drop not null;
alter table subject alter column phone drop not null;
create index subject_by_blind on subject using gin (blind);
create or replace function subject_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.uscc is not null and (new.uscc is distinct from old.uscc or new.state = 'void') then
    delete from claim where namespace = 'subject.uscc' and key = old.uscc and owner_id = old.owner_id;
  end if;
  if new.uscc is not null and new.state <> 'void' and (tg_op = 'INSERT' or new.uscc is distinct from old.uscc) then
    insert into claim (namespace, key, owner_id, record_id) values ('subject.uscc', new.uscc, new.owner_id, new.id);
  end if;
  if tg_op = 'UPDATE' and old.gln is not null and (new.gln is distinct from old.gln or new.state = 'void') then
    delete from claim where namespace = 'subject.gln' and key = old.gln and owner_id = old.owner_id;
  end if;
  if new.gln is not null and new.state <> 'void' and (tg_op = 'INSERT' or new.gln is distinct from old.gln) then
    insert into claim (namespace, key, owner_id, record_id) values ('subject.gln', new.gln, new.owner_id, new.id);
  end if;
  insert into owner (id, title, region, gln) values (new.owner_id, new.name, new.region, new.gln)
  on conflict (id) do update set title = excluded.title, region = excluded.region, gln = excluded.gln;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'subject', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'uscc', new.uscc, 'activity', new.activity, 'licenceNumber', new.licence_number, 'address', new.address, 'place', case when new.place_lng is null then null else jsonb_build_object('lng', trim_scale(new.place_lng), 'lat', trim_scale(new.place_lat)) end, 'gln', new.gln, 'contact', new.contact, 'phone', new.phone, 'personId', new.person_id, 'sealed', new.sealed, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

alter table merchant add column person_id uuid;
alter table merchant add column sealed text;
alter table merchant add column blind text[];
alter table merchant alter column contact drop not null;
alter table merchant alter column phone drop not null;
create index merchant_by_blind on merchant using gin (blind);
create or replace function merchant_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.merchant_code is not null and (new.merchant_code is distinct from old.merchant_code or new.state = 'void') then
    delete from claim where namespace = 'merchant.merchantCode' and key = old.merchant_code and owner_id = old.owner_id;
  end if;
  if new.merchant_code is not null and new.state <> 'void' and (tg_op = 'INSERT' or new.merchant_code is distinct from old.merchant_code) then
    insert into claim (namespace, key, owner_id, record_id) values ('merchant.merchantCode', new.merchant_code, new.owner_id, new.id);
  end if;
  if tg_op = 'UPDATE' and old.uscc is not null and (new.uscc is distinct from old.uscc or new.state = 'void') then
    delete from claim where namespace = 'merchant.uscc' and key = old.uscc and owner_id = old.owner_id;
  end if;
  if new.uscc is not null and new.state <> 'void' and (tg_op = 'INSERT' or new.uscc is distinct from old.uscc) then
    insert into claim (namespace, key, owner_id, record_id) values ('merchant.uscc', new.uscc, new.owner_id, new.id);
  end if;
  insert into owner (id, title, region, gln) values (new.owner_id, new.name, new.region, null)
  on conflict (id) do update set title = excluded.title, region = excluded.region, gln = excluded.gln;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'merchant', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'merchantCode', new.merchant_code, 'uscc', new.uscc, 'business', new.business, 'categories', new.categories, 'node', new.node, 'stall', new.stall, 'contact', new.contact, 'phone', new.phone, 'personId', new.person_id, 'sealed', new.sealed, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

alter table site add column person_id uuid;
alter table site add column sealed text;
alter table site add column blind text[];
alter table site alter column keeper drop not null;
create index site_by_blind on site using gin (blind);
create or replace function site_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.gln is not null and (new.gln is distinct from old.gln or new.state = 'void') then
    delete from claim where namespace = 'site.gln' and key = old.gln and owner_id = old.owner_id;
  end if;
  if new.gln is not null and new.state <> 'void' and (tg_op = 'INSERT' or new.gln is distinct from old.gln) then
    insert into claim (namespace, key, owner_id, record_id) values ('site.gln', new.gln, new.owner_id, new.id);
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'site', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'use', new.use, 'address', new.address, 'place', case when new.place_lng is null then null else jsonb_build_object('lng', trim_scale(new.place_lng), 'lat', trim_scale(new.place_lat)) end, 'gln', new.gln, 'keeper', new.keeper, 'photos', to_jsonb(new.photos), 'remark', new.remark, 'personId', new.person_id, 'sealed', new.sealed, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

alter table morning_check add column person_id uuid;
alter table morning_check add column sealed text;
alter table morning_check add column blind text[];
alter table morning_check alter column person drop not null;
alter table morning_check alter column temperature drop not null;
alter table morning_check alter column temperature_unit drop not null;
alter table morning_check alter column symptom drop not null;
alter table morning_check drop constraint morning_check__symptom_unfit;
create index morning_check_by_blind on morning_check using gin (blind);
create or replace function morning_check_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'morning-check', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'day', to_char(new.day, 'YYYY-MM-DD'), 'person', new.person, 'checkedAt', to_char(new.checked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'temperature', case when new.temperature is null then null else jsonb_build_object('value', trim_scale(new.temperature)::text, 'unit', new.temperature_unit) end, 'symptom', new.symptom, 'hands', new.hands, 'result', new.result, 'measure', new.measure, 'checker', new.checker, 'photo', to_jsonb(new.photo), 'personId', new.person_id, 'sealed', new.sealed, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

alter table practitioner add column person_id uuid;
alter table practitioner add column sealed text;
alter table practitioner add column blind text[];
alter table practitioner alter column name drop not null;
alter table practitioner alter column certificate_number drop not null;
create index practitioner_by_blind on practitioner using gin (blind);
create or replace function practitioner_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'practitioner', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'idNumber', new.id_number, 'phone', new.phone, 'post', new.post, 'hiredOn', to_char(new.hired_on, 'YYYY-MM-DD'), 'certificateNumber', new.certificate_number, 'certificate', case when new.certificate is null then null else jsonb_build_object('from', to_char(new.certificate, 'YYYY-MM-DD'), 'until', to_char(new.certificate_until, 'YYYY-MM-DD')) end, 'certificatePhoto', to_jsonb(new.certificate_photo), 'portrait', to_jsonb(new.portrait), 'personId', new.person_id, 'sealed', new.sealed, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

alter table complaint add column person_id uuid;
alter table complaint add column sealed text;
alter table complaint add column blind text[];
create index complaint_by_blind on complaint using gin (blind);
create or replace function complaint_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'complaint', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'number', new.number, 'form', new.form, 'receivedAt', to_char(new.received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'channel', new.channel, 'complainant', new.complainant, 'phone', new.phone, 'subject', new.subject, 'food', new.food, 'code', new.code, 'content', new.content, 'photos', to_jsonb(new.photos), 'handler', new.handler, 'findings', new.findings, 'reply', new.reply, 'personId', new.person_id, 'sealed', new.sealed, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

-- Derived from the declarations by tools/draft-kinds.ts; reviewed before it is committed.

-- 监管对象
create table subject (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1 check (version > 0),
  state text not null default 'active' check (state in ('active', 'void')),
  void_reason text check ((state = 'void') = (void_reason is not null)),
  name text not null,
  uscc text not null,
  activity text not null,
  licence_number text,
  region text not null,
  address text not null,
  place_lng numeric(9,6),
  place_lat numeric(8,6),
  gln text,
  contact text not null,
  phone text not null,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint subject_pkey primary key (owner_id, id),
  constraint subject_is_owner check (owner_id = id),
  constraint subject_name_1 check (char_length(name) between 1 and 100),
  constraint subject_uscc_1 check (uscc ~ '^[0-9A-Z]{1,40}$'),
  constraint subject_activity_1 check (activity in ('production', 'circulation', 'catering', 'storage', 'supply')),
  constraint subject_licence_number_1 check (licence_number ~ '^[0-9A-Z]{1,40}$'),
  constraint subject_region_1 check (region ~ '^[0-9A-Z]{1,40}$'),
  constraint subject_address_1 check (char_length(address) between 1 and 200),
  constraint subject_place_1 check (place_lng between -180 and 180),
  constraint subject_place_2 check (place_lat between -90 and 90),
  constraint subject_place_3 check ((place_lng is null) = (place_lat is null)),
  constraint subject_gln_1 check (gln ~ '^[0-9A-Z]{1,40}$'),
  constraint subject_contact_1 check (char_length(contact) between 1 and 40),
  constraint subject_phone_1 check (char_length(phone) between 1 and 20)
);
create index subject_id on subject (id);
create index subject_county on subject (county, id);
create index subject_city on subject (city, id);
create index subject_search on subject using gin (search);
create function subject_changed() returns trigger language plpgsql as $$
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
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'uscc', new.uscc, 'activity', new.activity, 'licenceNumber', new.licence_number, 'address', new.address, 'place', case when new.place_lng is null then null else jsonb_build_object('lng', trim_scale(new.place_lng), 'lat', trim_scale(new.place_lat)) end, 'gln', new.gln, 'contact', new.contact, 'phone', new.phone, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger subject_changed after insert or update on subject for each row execute function subject_changed();
grant select, insert, update on subject to shisu_web;

-- 原料进货查验
create table material_receipt (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1 check (version > 0),
  state text not null default 'active' check (state in ('active', 'void')),
  void_reason text check ((state = 'void') = (void_reason is not null)),
  region text not null,
  received_at timestamptz not null,
  supplier uuid not null,
  supplier_as_received jsonb,
  delivery_note text,
  lots jsonb not null,
  photos text[],
  receiver text not null,
  remark text,
  event_id text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint material_receipt_pkey primary key (owner_id, id),
  constraint material_receipt_received_at_1 check (received_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint material_receipt_delivery_note_1 check (char_length(delivery_note) between 1 and 60),
  constraint material_receipt_lots_1 check (jsonb_typeof(lots) = 'array'),
  constraint material_receipt_lots_2 check (jsonb_array_length(lots) <= 200),
  constraint material_receipt_photos_1 check (cardinality(photos) <= 9),
  constraint material_receipt_receiver_1 check (char_length(receiver) between 1 and 40),
  constraint material_receipt_remark_1 check (char_length(remark) between 1 and 500),
  constraint material_receipt_event_id_1 check (char_length(event_id) between 1 and 300),
  constraint material_receipt__failed_disposal check (not jsonb_path_exists(lots, '$[*] ? (@.conformity == "failed" && !exists(@.disposal))')),
  constraint material_receipt_supplier_refers foreign key (supplier) references owner (id)
);
create index material_receipt_id on material_receipt (id);
create index material_receipt_own on material_receipt (owner_id, received_at, id);
create index material_receipt_county on material_receipt (county, received_at, id);
create index material_receipt_city on material_receipt (city, received_at, id);
create index material_receipt_search on material_receipt using gin (search);
create function material_receipt_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'material-receipt', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'receivedAt', to_char(new.received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'supplier', new.supplier, 'supplierAsReceived', new.supplier_as_received, 'deliveryNote', new.delivery_note, 'lots', new.lots, 'photos', to_jsonb(new.photos), 'receiver', new.receiver, 'remark', new.remark, 'eventId', new.event_id, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger material_receipt_changed after insert or update on material_receipt for each row execute function material_receipt_changed();
grant select, insert, update on material_receipt to shisu_web;

-- 晨检
create table morning_check (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1 check (version > 0),
  state text not null default 'active' check (state in ('active', 'void')),
  void_reason text check ((state = 'void') = (void_reason is not null)),
  region text not null,
  day date not null,
  person text not null,
  checked_at timestamptz not null,
  temperature numeric(18,6) not null,
  temperature_unit text not null,
  symptom text not null,
  hands text not null,
  result text not null,
  measure text,
  checker text not null,
  photo text[],
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint morning_check_pkey primary key (owner_id, id),
  constraint morning_check_day_1 check (day between '1900-01-01' and '2199-12-31'),
  constraint morning_check_person_1 check (char_length(person) between 1 and 40),
  constraint morning_check_checked_at_1 check (checked_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint morning_check_temperature_1 check (temperature between 34 and 43),
  constraint morning_check_temperature_2 check (temperature_unit in ('CEL')),
  constraint morning_check_temperature_3 check ((temperature is null) = (temperature_unit is null)),
  constraint morning_check_symptom_1 check (symptom in ('none', 'fever', 'diarrhoea', 'wound', 'cough', 'jaundice', 'other')),
  constraint morning_check_hands_1 check (hands in ('clean', 'not-clean')),
  constraint morning_check_result_1 check (result in ('fit', 'unfit')),
  constraint morning_check_measure_1 check (char_length(measure) between 1 and 300),
  constraint morning_check_checker_1 check (char_length(checker) between 1 and 40),
  constraint morning_check_photo_1 check (cardinality(photo) <= 3),
  constraint morning_check__symptom_unfit check (symptom = 'none' or result = 'unfit'),
  constraint morning_check__unfit_measure check (result = 'fit' or measure is not null)
);
create index morning_check_id on morning_check (id);
create index morning_check_own on morning_check (owner_id, day, id);
create index morning_check_county on morning_check (county, day, id);
create index morning_check_city on morning_check (city, day, id);
create index morning_check_search on morning_check using gin (search);
create function morning_check_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'morning-check', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'day', to_char(new.day, 'YYYY-MM-DD'), 'person', new.person, 'checkedAt', to_char(new.checked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'temperature', case when new.temperature is null then null else jsonb_build_object('value', trim_scale(new.temperature)::text, 'unit', new.temperature_unit) end, 'symptom', new.symptom, 'hands', new.hands, 'result', new.result, 'measure', new.measure, 'checker', new.checker, 'photo', to_jsonb(new.photo), 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger morning_check_changed after insert or update on morning_check for each row execute function morning_check_changed();
grant select, insert, update on morning_check to shisu_web;

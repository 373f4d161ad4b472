-- Drafted from the declarations by npm run migrate:draft; reviewed before it is committed.

alter table subject add column licence_until date;
alter table subject add column industry text;
alter table subject add column categories text;
alter table subject add column legal_representative text;
alter table subject add column legal_representative_id text;
alter table subject add constraint subject_licence_until_1 check (licence_until between '1900-01-01' and '2199-12-31') not valid;
alter table subject validate constraint subject_licence_until_1;
alter table subject add constraint subject_industry_1 check (char_length(industry) between 1 and 5) not valid;
alter table subject validate constraint subject_industry_1;
alter table subject add constraint subject_categories_1 check (char_length(categories) between 1 and 200) not valid;
alter table subject validate constraint subject_categories_1;
alter table subject add constraint subject_legal_representative_1 check (char_length(legal_representative) between 1 and 40) not valid;
alter table subject validate constraint subject_legal_representative_1;
alter table subject add constraint subject_legal_representative_id_1 check (legal_representative_id ~ '^[0-9A-Z]{1,40}$') not valid;
alter table subject validate constraint subject_legal_representative_id_1;
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
  values (new.owner_id, 'subject', new.id, new.version, 2,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'uscc', new.uscc, 'activity', new.activity, 'licenceNumber', new.licence_number, 'licenceUntil', to_char(new.licence_until, 'YYYY-MM-DD'), 'industry', new.industry, 'categories', new.categories, 'address', new.address, 'place', case when new.place_lng is null then null else jsonb_build_object('lng', trim_scale(new.place_lng), 'lat', trim_scale(new.place_lat)) end, 'gln', new.gln, 'legalRepresentative', new.legal_representative, 'legalRepresentativeId', new.legal_representative_id, 'contact', new.contact, 'phone', new.phone, 'personId', new.person_id, 'sealed', new.sealed, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

alter table material_receipt add column reports jsonb;
alter table material_receipt add column responsible text;
alter table material_receipt add constraint material_receipt_reports_1 check (jsonb_array_length(reports) <= 10) not valid;
alter table material_receipt validate constraint material_receipt_reports_1;
alter table material_receipt add constraint material_receipt_responsible_1 check (char_length(responsible) between 1 and 40) not valid;
alter table material_receipt validate constraint material_receipt_responsible_1;
create or replace function material_receipt_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'material-receipt', new.id, new.version, 2,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'receivedAt', to_char(new.received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'supplier', new.supplier, 'supplierAsReceived', new.supplier_as_received, 'deliveryNote', new.delivery_note, 'lots', new.lots, 'photos', to_jsonb(new.photos), 'reports', new.reports, 'receiver', new.receiver, 'responsible', new.responsible, 'remark', new.remark, 'eventId', new.event_id, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

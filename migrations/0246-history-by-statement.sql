-- Drafted from the declarations by npm run migrate:draft; reviewed before it is committed.

create or replace function subject_changed() returns trigger language plpgsql as $$
begin
  if old.uscc is not null and (new.uscc is distinct from old.uscc or new.state = 'void') then
    delete from claim where namespace = 'subject.uscc' and key = old.uscc and owner_id = old.owner_id;
  end if;
  if new.uscc is not null and new.state <> 'void' and new.uscc is distinct from old.uscc then
    insert into claim (namespace, key, owner_id, record_id) values ('subject.uscc', new.uscc, new.owner_id, new.id);
  end if;
  if old.gln is not null and (new.gln is distinct from old.gln or new.state = 'void') then
    delete from claim where namespace = 'subject.gln' and key = old.gln and owner_id = old.owner_id;
  end if;
  if new.gln is not null and new.state <> 'void' and new.gln is distinct from old.gln then
    insert into claim (namespace, key, owner_id, record_id) values ('subject.gln', new.gln, new.owner_id, new.id);
  end if;
  insert into owner (id, title, region, gln) select new.owner_id, new.name, new.region, new.gln
  on conflict (id) do update set title = excluded.title, region = excluded.region, gln = excluded.gln;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'subject', new.id, new.version, 3,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'uscc', new.uscc, 'activity', new.activity, 'licenceNumber', new.licence_number, 'licenceUntil', to_char(new.licence_until, 'YYYY-MM-DD'), 'industry', new.industry, 'categories', new.categories, 'address', new.address, 'postcode', new.postcode, 'place', case when new.place_lng is null then null else jsonb_build_object('lng', trim_scale(new.place_lng), 'lat', trim_scale(new.place_lat)) end, 'gln', new.gln, 'ffrn', new.ffrn, 'legalRepresentative', new.legal_representative, 'legalRepresentativeId', new.legal_representative_id, 'contact', new.contact, 'phone', new.phone, 'personId', new.person_id, 'sealed', new.sealed, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function subject_added() returns trigger language plpgsql as $$
begin
  insert into claim (namespace, key, owner_id, record_id)
  select 'subject.uscc', fresh.uscc, fresh.owner_id, fresh.id from added fresh where fresh.uscc is not null and fresh.state <> 'void';
  insert into claim (namespace, key, owner_id, record_id)
  select 'subject.gln', fresh.gln, fresh.owner_id, fresh.id from added fresh where fresh.gln is not null and fresh.state <> 'void';
  insert into owner (id, title, region, gln) select fresh.owner_id, fresh.name, fresh.region, fresh.gln from added fresh
  on conflict (id) do update set title = excluded.title, region = excluded.region, gln = excluded.gln;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'subject', fresh.id, fresh.version, 3,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'name', fresh.name, 'uscc', fresh.uscc, 'activity', fresh.activity, 'licenceNumber', fresh.licence_number, 'licenceUntil', to_char(fresh.licence_until, 'YYYY-MM-DD'), 'industry', fresh.industry, 'categories', fresh.categories, 'address', fresh.address, 'postcode', fresh.postcode, 'place', case when fresh.place_lng is null then null else jsonb_build_object('lng', trim_scale(fresh.place_lng), 'lat', trim_scale(fresh.place_lat)) end, 'gln', fresh.gln, 'ffrn', fresh.ffrn, 'legalRepresentative', fresh.legal_representative, 'legalRepresentativeId', fresh.legal_representative_id, 'contact', fresh.contact, 'phone', fresh.phone, 'personId', fresh.person_id, 'sealed', fresh.sealed, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger subject_changed after update on subject for each row execute function subject_changed();
create or replace trigger subject_added after insert on subject referencing new table as added for each statement execute function subject_added();

create or replace function merchant_changed() returns trigger language plpgsql as $$
begin
  if old.merchant_code is not null and (new.merchant_code is distinct from old.merchant_code or new.state = 'void') then
    delete from claim where namespace = 'merchant.merchantCode' and key = old.merchant_code and owner_id = old.owner_id;
  end if;
  if new.merchant_code is not null and new.state <> 'void' and new.merchant_code is distinct from old.merchant_code then
    insert into claim (namespace, key, owner_id, record_id) values ('merchant.merchantCode', new.merchant_code, new.owner_id, new.id);
  end if;
  if old.uscc is not null and (new.uscc is distinct from old.uscc or new.state = 'void') then
    delete from claim where namespace = 'merchant.uscc' and key = old.uscc and owner_id = old.owner_id;
  end if;
  if new.uscc is not null and new.state <> 'void' and new.uscc is distinct from old.uscc then
    insert into claim (namespace, key, owner_id, record_id) values ('merchant.uscc', new.uscc, new.owner_id, new.id);
  end if;
  insert into owner (id, title, region, gln) select new.owner_id, new.name, new.region, null
  on conflict (id) do update set title = excluded.title, region = excluded.region, gln = excluded.gln;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'merchant', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'merchantCode', new.merchant_code, 'uscc', new.uscc, 'business', new.business, 'categories', new.categories, 'node', new.node, 'stall', new.stall, 'contact', new.contact, 'phone', new.phone, 'personId', new.person_id, 'sealed', new.sealed, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function merchant_added() returns trigger language plpgsql as $$
begin
  insert into claim (namespace, key, owner_id, record_id)
  select 'merchant.merchantCode', fresh.merchant_code, fresh.owner_id, fresh.id from added fresh where fresh.merchant_code is not null and fresh.state <> 'void';
  insert into claim (namespace, key, owner_id, record_id)
  select 'merchant.uscc', fresh.uscc, fresh.owner_id, fresh.id from added fresh where fresh.uscc is not null and fresh.state <> 'void';
  insert into owner (id, title, region, gln) select fresh.owner_id, fresh.name, fresh.region, null from added fresh
  on conflict (id) do update set title = excluded.title, region = excluded.region, gln = excluded.gln;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'merchant', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'name', fresh.name, 'merchantCode', fresh.merchant_code, 'uscc', fresh.uscc, 'business', fresh.business, 'categories', fresh.categories, 'node', fresh.node, 'stall', fresh.stall, 'contact', fresh.contact, 'phone', fresh.phone, 'personId', fresh.person_id, 'sealed', fresh.sealed, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger merchant_changed after update on merchant for each row execute function merchant_changed();
create or replace trigger merchant_added after insert on merchant referencing new table as added for each statement execute function merchant_added();

create or replace function site_changed() returns trigger language plpgsql as $$
begin
  if old.gln is not null and (new.gln is distinct from old.gln or new.state = 'void') then
    delete from claim where namespace = 'site.gln' and key = old.gln and owner_id = old.owner_id;
  end if;
  if new.gln is not null and new.state <> 'void' and new.gln is distinct from old.gln then
    insert into claim (namespace, key, owner_id, record_id) values ('site.gln', new.gln, new.owner_id, new.id);
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'site', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'use', new.use, 'address', new.address, 'place', case when new.place_lng is null then null else jsonb_build_object('lng', trim_scale(new.place_lng), 'lat', trim_scale(new.place_lat)) end, 'gln', new.gln, 'keeper', new.keeper, 'photos', to_jsonb(new.photos), 'remark', new.remark, 'personId', new.person_id, 'sealed', new.sealed, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function site_added() returns trigger language plpgsql as $$
begin
  insert into claim (namespace, key, owner_id, record_id)
  select 'site.gln', fresh.gln, fresh.owner_id, fresh.id from added fresh where fresh.gln is not null and fresh.state <> 'void';
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'site', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'name', fresh.name, 'use', fresh.use, 'address', fresh.address, 'place', case when fresh.place_lng is null then null else jsonb_build_object('lng', trim_scale(fresh.place_lng), 'lat', trim_scale(fresh.place_lat)) end, 'gln', fresh.gln, 'keeper', fresh.keeper, 'photos', to_jsonb(fresh.photos), 'remark', fresh.remark, 'personId', fresh.person_id, 'sealed', fresh.sealed, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger site_changed after update on site for each row execute function site_changed();
create or replace trigger site_added after insert on site referencing new table as added for each statement execute function site_added();

create or replace function product_changed() returns trigger language plpgsql as $$
begin
  if old.gtin is not null and (new.gtin is distinct from old.gtin or new.state = 'void') then
    delete from claim where namespace = 'product.gtin' and key = old.gtin and owner_id = old.owner_id;
  end if;
  if new.gtin is not null and new.state <> 'void' and new.gtin is distinct from old.gtin then
    insert into claim (namespace, key, owner_id, record_id) values ('product.gtin', new.gtin, new.owner_id, new.id);
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'product', new.id, new.version, 2,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'brand', new.brand, 'gtin', new.gtin, 'foodClass', new.food_class, 'catalogue', new.catalogue, 'netContent', case when new.net_content is null then null else jsonb_build_object('value', trim_scale(new.net_content)::text, 'unit', new.net_content_unit) end, 'specification', new.specification, 'shelfLifeDays', new.shelf_life_days, 'standard', new.standard, 'process', new.process, 'origin', new.origin, 'storage', new.storage, 'ingredients', new.ingredients, 'nutrition', new.nutrition, 'suits', new.suits, 'method', new.method, 'reminder', new.reminder, 'salesArea', new.sales_area, 'ftlCategory', new.ftl_category, 'photos', to_jsonb(new.photos), 'label', new.label, 'review', new.review, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function product_added() returns trigger language plpgsql as $$
begin
  insert into claim (namespace, key, owner_id, record_id)
  select 'product.gtin', fresh.gtin, fresh.owner_id, fresh.id from added fresh where fresh.gtin is not null and fresh.state <> 'void';
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'product', fresh.id, fresh.version, 2,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'name', fresh.name, 'brand', fresh.brand, 'gtin', fresh.gtin, 'foodClass', fresh.food_class, 'catalogue', fresh.catalogue, 'netContent', case when fresh.net_content is null then null else jsonb_build_object('value', trim_scale(fresh.net_content)::text, 'unit', fresh.net_content_unit) end, 'specification', fresh.specification, 'shelfLifeDays', fresh.shelf_life_days, 'standard', fresh.standard, 'process', fresh.process, 'origin', fresh.origin, 'storage', fresh.storage, 'ingredients', fresh.ingredients, 'nutrition', fresh.nutrition, 'suits', fresh.suits, 'method', fresh.method, 'reminder', fresh.reminder, 'salesArea', fresh.sales_area, 'ftlCategory', fresh.ftl_category, 'photos', to_jsonb(fresh.photos), 'label', fresh.label, 'review', fresh.review, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger product_changed after update on product for each row execute function product_changed();
create or replace trigger product_added after insert on product referencing new table as added for each statement execute function product_added();

create or replace function catalogue_entry_changed() returns trigger language plpgsql as $$
begin
  if old.code is not null and (new.code is distinct from old.code or new.state = 'void') then
    delete from claim where namespace = 'catalogue-entry.code' and key = old.code and owner_id = old.owner_id;
  end if;
  if new.code is not null and new.state <> 'void' and new.code is distinct from old.code then
    insert into claim (namespace, key, owner_id, record_id) values ('catalogue-entry.code', new.code, new.owner_id, new.id);
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'catalogue-entry', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'code', new.code, 'name', new.name, 'level', new.level, 'parent', new.parent, 'edition', new.edition, 'holds', case when new.holds is null then null else jsonb_build_object('from', to_char(new.holds, 'YYYY-MM-DD'), 'until', to_char(new.holds_until, 'YYYY-MM-DD')) end, 'remark', new.remark, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function catalogue_entry_added() returns trigger language plpgsql as $$
begin
  insert into claim (namespace, key, owner_id, record_id)
  select 'catalogue-entry.code', fresh.code, fresh.owner_id, fresh.id from added fresh where fresh.code is not null and fresh.state <> 'void';
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'catalogue-entry', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'code', fresh.code, 'name', fresh.name, 'level', fresh.level, 'parent', fresh.parent, 'edition', fresh.edition, 'holds', case when fresh.holds is null then null else jsonb_build_object('from', to_char(fresh.holds, 'YYYY-MM-DD'), 'until', to_char(fresh.holds_until, 'YYYY-MM-DD')) end, 'remark', fresh.remark, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger catalogue_entry_changed after update on catalogue_entry for each row execute function catalogue_entry_changed();
create or replace trigger catalogue_entry_added after insert on catalogue_entry referencing new table as added for each statement execute function catalogue_entry_added();

create or replace function material_receipt_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'material-receipt', new.id, new.version, 2,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'receivedAt', to_char(new.received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'supplier', new.supplier, 'supplierAsReceived', new.supplier_as_received, 'deliveryNote', new.delivery_note, 'lots', new.lots, 'photos', to_jsonb(new.photos), 'reports', new.reports, 'receiver', new.receiver, 'responsible', new.responsible, 'remark', new.remark, 'eventId', new.event_id, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function material_receipt_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'material-receipt', fresh.id, fresh.version, 2,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'late', nullif(fresh.late, false), 'region', fresh.region, 'receivedAt', to_char(fresh.received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'supplier', fresh.supplier, 'supplierAsReceived', fresh.supplier_as_received, 'deliveryNote', fresh.delivery_note, 'lots', fresh.lots, 'photos', to_jsonb(fresh.photos), 'reports', fresh.reports, 'receiver', fresh.receiver, 'responsible', fresh.responsible, 'remark', fresh.remark, 'eventId', fresh.event_id, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger material_receipt_changed after update on material_receipt for each row execute function material_receipt_changed();
create or replace trigger material_receipt_added after insert on material_receipt referencing new table as added for each statement execute function material_receipt_added();

create or replace function morning_check_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'morning-check', new.id, new.version, 2,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'day', to_char(new.day, 'YYYY-MM-DD'), 'person', new.person, 'checkedAt', to_char(new.checked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'temperature', case when new.temperature is null then null else jsonb_build_object('value', trim_scale(new.temperature)::text, 'unit', new.temperature_unit) end, 'symptom', new.symptom, 'hands', new.hands, 'result', new.result, 'measure', new.measure, 'checker', new.checker, 'photo', to_jsonb(new.photo), 'source', new.source, 'device', new.device, 'personId', new.person_id, 'sealed', new.sealed, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function morning_check_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'morning-check', fresh.id, fresh.version, 2,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'late', nullif(fresh.late, false), 'region', fresh.region, 'day', to_char(fresh.day, 'YYYY-MM-DD'), 'person', fresh.person, 'checkedAt', to_char(fresh.checked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'temperature', case when fresh.temperature is null then null else jsonb_build_object('value', trim_scale(fresh.temperature)::text, 'unit', fresh.temperature_unit) end, 'symptom', fresh.symptom, 'hands', fresh.hands, 'result', fresh.result, 'measure', fresh.measure, 'checker', fresh.checker, 'photo', to_jsonb(fresh.photo), 'source', fresh.source, 'device', fresh.device, 'personId', fresh.person_id, 'sealed', fresh.sealed, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger morning_check_changed after update on morning_check for each row execute function morning_check_changed();
create or replace trigger morning_check_added after insert on morning_check referencing new table as added for each statement execute function morning_check_added();

create or replace function retained_sample_changed() returns trigger language plpgsql as $$
begin
  if not coalesce(new.amount >= rule_value('retained-sample.amount-gram', (new.taken_at at time zone 'Asia/Shanghai')::date), true) then
    raise exception using errcode = '23514', constraint = 'retained_sample__enough', message = 'rule';
  end if;
  if not coalesce(new.disposed_at is null or new.disposed_at >= new.taken_at + rule_value('retained-sample.keep-hours', (new.taken_at at time zone 'Asia/Shanghai')::date) * interval '1 hour', true) then
    raise exception using errcode = '23514', constraint = 'retained_sample__kept_long_enough', message = 'rule';
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'retained-sample', new.id, new.version, 2,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'dish', new.dish, 'meal', new.meal, 'takenAt', to_char(new.taken_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'amount', case when new.amount is null then null else jsonb_build_object('value', trim_scale(new.amount)::text, 'unit', new.amount_unit) end, 'box', new.box, 'cabinet', new.cabinet, 'temperature', case when new.temperature is null then null else jsonb_build_object('value', trim_scale(new.temperature)::text, 'unit', new.temperature_unit) end, 'taker', new.taker, 'photo', to_jsonb(new.photo), 'disposedAt', to_char(new.disposed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'disposer', new.disposer, 'source', new.source, 'device', new.device, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function retained_sample_added() returns trigger language plpgsql as $$
begin
  if exists (select from added fresh where not coalesce(fresh.amount >= rule_value('retained-sample.amount-gram', (fresh.taken_at at time zone 'Asia/Shanghai')::date), true)) then
    raise exception using errcode = '23514', constraint = 'retained_sample__enough', message = 'rule';
  end if;
  if exists (select from added fresh where not coalesce(fresh.disposed_at is null or fresh.disposed_at >= fresh.taken_at + rule_value('retained-sample.keep-hours', (fresh.taken_at at time zone 'Asia/Shanghai')::date) * interval '1 hour', true)) then
    raise exception using errcode = '23514', constraint = 'retained_sample__kept_long_enough', message = 'rule';
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'retained-sample', fresh.id, fresh.version, 2,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'late', nullif(fresh.late, false), 'region', fresh.region, 'dish', fresh.dish, 'meal', fresh.meal, 'takenAt', to_char(fresh.taken_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'amount', case when fresh.amount is null then null else jsonb_build_object('value', trim_scale(fresh.amount)::text, 'unit', fresh.amount_unit) end, 'box', fresh.box, 'cabinet', fresh.cabinet, 'temperature', case when fresh.temperature is null then null else jsonb_build_object('value', trim_scale(fresh.temperature)::text, 'unit', fresh.temperature_unit) end, 'taker', fresh.taker, 'photo', to_jsonb(fresh.photo), 'disposedAt', to_char(fresh.disposed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'disposer', fresh.disposer, 'source', fresh.source, 'device', fresh.device, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger retained_sample_changed after update on retained_sample for each row execute function retained_sample_changed();
create or replace trigger retained_sample_added after insert on retained_sample referencing new table as added for each statement execute function retained_sample_added();

create or replace function core_temperature_changed() returns trigger language plpgsql as $$
begin
  if not coalesce(new.source = 'device' or new.temperature >= rule_value('core-temperature.min', (new.measured_at at time zone 'Asia/Shanghai')::date) or new.measure is not null, true) then
    raise exception using errcode = '23514', constraint = 'core_temperature__cooked_through', message = 'rule';
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'core-temperature', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'dish', new.dish, 'temperature', case when new.temperature is null then null else jsonb_build_object('value', trim_scale(new.temperature)::text, 'unit', new.temperature_unit) end, 'measuredAt', to_char(new.measured_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'batch', new.batch, 'source', new.source, 'device', new.device, 'person', new.person, 'measure', new.measure, 'photo', to_jsonb(new.photo), 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function core_temperature_added() returns trigger language plpgsql as $$
begin
  if exists (select from added fresh where not coalesce(fresh.source = 'device' or fresh.temperature >= rule_value('core-temperature.min', (fresh.measured_at at time zone 'Asia/Shanghai')::date) or fresh.measure is not null, true)) then
    raise exception using errcode = '23514', constraint = 'core_temperature__cooked_through', message = 'rule';
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'core-temperature', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'late', nullif(fresh.late, false), 'region', fresh.region, 'dish', fresh.dish, 'temperature', case when fresh.temperature is null then null else jsonb_build_object('value', trim_scale(fresh.temperature)::text, 'unit', fresh.temperature_unit) end, 'measuredAt', to_char(fresh.measured_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'batch', fresh.batch, 'source', fresh.source, 'device', fresh.device, 'person', fresh.person, 'measure', fresh.measure, 'photo', to_jsonb(fresh.photo), 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger core_temperature_changed after update on core_temperature for each row execute function core_temperature_changed();
create or replace trigger core_temperature_added after insert on core_temperature referencing new table as added for each statement execute function core_temperature_added();

create or replace function oil_check_changed() returns trigger language plpgsql as $$
begin
  if not coalesce(new.source = 'device' or new.polar <= rule_value('oil.polar-max', (new.measured_at at time zone 'Asia/Shanghai')::date) or new.measure is not null, true) then
    raise exception using errcode = '23514', constraint = 'oil_check__oil_fit', message = 'rule';
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'oil-check', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'pan', new.pan, 'polar', case when new.polar is null then null else jsonb_build_object('value', trim_scale(new.polar)::text, 'unit', new.polar_unit) end, 'measuredAt', to_char(new.measured_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'temperature', case when new.temperature is null then null else jsonb_build_object('value', trim_scale(new.temperature)::text, 'unit', new.temperature_unit) end, 'source', new.source, 'device', new.device, 'person', new.person, 'measure', new.measure, 'photo', to_jsonb(new.photo), 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function oil_check_added() returns trigger language plpgsql as $$
begin
  if exists (select from added fresh where not coalesce(fresh.source = 'device' or fresh.polar <= rule_value('oil.polar-max', (fresh.measured_at at time zone 'Asia/Shanghai')::date) or fresh.measure is not null, true)) then
    raise exception using errcode = '23514', constraint = 'oil_check__oil_fit', message = 'rule';
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'oil-check', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'late', nullif(fresh.late, false), 'region', fresh.region, 'pan', fresh.pan, 'polar', case when fresh.polar is null then null else jsonb_build_object('value', trim_scale(fresh.polar)::text, 'unit', fresh.polar_unit) end, 'measuredAt', to_char(fresh.measured_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'temperature', case when fresh.temperature is null then null else jsonb_build_object('value', trim_scale(fresh.temperature)::text, 'unit', fresh.temperature_unit) end, 'source', fresh.source, 'device', fresh.device, 'person', fresh.person, 'measure', fresh.measure, 'photo', to_jsonb(fresh.photo), 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger oil_check_changed after update on oil_check for each row execute function oil_check_changed();
create or replace trigger oil_check_added after insert on oil_check referencing new table as added for each statement execute function oil_check_added();

create or replace function uv_disinfection_changed() returns trigger language plpgsql as $$
begin
  if not coalesce(new.source = 'device' or new.minutes >= rule_value('uv.minutes-min', (new.ended_at at time zone 'Asia/Shanghai')::date) or new.measure is not null, true) then
    raise exception using errcode = '23514', constraint = 'uv_disinfection__long_enough', message = 'rule';
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'uv-disinfection', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'room', new.room, 'minutes', new.minutes, 'endedAt', to_char(new.ended_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'occupied', new.occupied, 'source', new.source, 'device', new.device, 'person', new.person, 'measure', new.measure, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function uv_disinfection_added() returns trigger language plpgsql as $$
begin
  if exists (select from added fresh where not coalesce(fresh.source = 'device' or fresh.minutes >= rule_value('uv.minutes-min', (fresh.ended_at at time zone 'Asia/Shanghai')::date) or fresh.measure is not null, true)) then
    raise exception using errcode = '23514', constraint = 'uv_disinfection__long_enough', message = 'rule';
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'uv-disinfection', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'late', nullif(fresh.late, false), 'region', fresh.region, 'room', fresh.room, 'minutes', fresh.minutes, 'endedAt', to_char(fresh.ended_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'occupied', fresh.occupied, 'source', fresh.source, 'device', fresh.device, 'person', fresh.person, 'measure', fresh.measure, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger uv_disinfection_changed after update on uv_disinfection for each row execute function uv_disinfection_changed();
create or replace trigger uv_disinfection_added after insert on uv_disinfection referencing new table as added for each statement execute function uv_disinfection_added();

create or replace function gas_check_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'gas-check', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'place', new.place, 'valve', new.valve, 'checkedAt', to_char(new.checked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'concentration', case when new.concentration is null then null else jsonb_build_object('value', trim_scale(new.concentration)::text, 'unit', new.concentration_unit) end, 'source', new.source, 'device', new.device, 'person', new.person, 'measure', new.measure, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function gas_check_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'gas-check', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'late', nullif(fresh.late, false), 'region', fresh.region, 'place', fresh.place, 'valve', fresh.valve, 'checkedAt', to_char(fresh.checked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'concentration', case when fresh.concentration is null then null else jsonb_build_object('value', trim_scale(fresh.concentration)::text, 'unit', fresh.concentration_unit) end, 'source', fresh.source, 'device', fresh.device, 'person', fresh.person, 'measure', fresh.measure, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger gas_check_changed after update on gas_check for each row execute function gas_check_changed();
create or replace trigger gas_check_added after insert on gas_check referencing new table as added for each statement execute function gas_check_added();

create or replace function rat_board_check_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'rat-board-check', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'place', new.place, 'inPlace', new.in_place, 'checkedAt', to_char(new.checked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'source', new.source, 'device', new.device, 'person', new.person, 'measure', new.measure, 'photo', to_jsonb(new.photo), 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function rat_board_check_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'rat-board-check', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'late', nullif(fresh.late, false), 'region', fresh.region, 'place', fresh.place, 'inPlace', fresh.in_place, 'checkedAt', to_char(fresh.checked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'source', fresh.source, 'device', fresh.device, 'person', fresh.person, 'measure', fresh.measure, 'photo', to_jsonb(fresh.photo), 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger rat_board_check_changed after update on rat_board_check for each row execute function rat_board_check_changed();
create or replace trigger rat_board_check_added after insert on rat_board_check referencing new table as added for each statement execute function rat_board_check_added();

create or replace function purchase_order_changed() returns trigger language plpgsql as $$
begin
  if old.number is not null and (new.number is distinct from old.number or new.state = 'void') then
    delete from claim where namespace = 'purchase-order.number' and key = old.owner_id::text || ' ' || old.number and owner_id = old.owner_id;
  end if;
  if new.number is not null and new.state <> 'void' and new.number is distinct from old.number then
    insert into claim (namespace, key, owner_id, record_id) values ('purchase-order.number', new.owner_id::text || ' ' || new.number, new.owner_id, new.id);
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'purchase-order', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'number', new.number, 'supplier', new.supplier, 'deliverOn', to_char(new.deliver_on, 'YYYY-MM-DD'), 'goods', new.goods, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function purchase_order_added() returns trigger language plpgsql as $$
begin
  insert into claim (namespace, key, owner_id, record_id)
  select 'purchase-order.number', fresh.owner_id::text || ' ' || fresh.number, fresh.owner_id, fresh.id from added fresh where fresh.number is not null and fresh.state <> 'void';
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'purchase-order', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'number', fresh.number, 'supplier', fresh.supplier, 'deliverOn', to_char(fresh.deliver_on, 'YYYY-MM-DD'), 'goods', fresh.goods, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger purchase_order_changed after update on purchase_order for each row execute function purchase_order_changed();
create or replace trigger purchase_order_added after insert on purchase_order referencing new table as added for each statement execute function purchase_order_added();

create or replace function scale_receipt_changed() returns trigger language plpgsql as $$
begin
  if not coalesce(new.source = 'device' or new.ordered is null or abs(new.weight - new.ordered) <= new.ordered * rule_value('scale-receipt.tolerance', (new.weighed_at at time zone 'Asia/Shanghai')::date) / 100 or new.difference is not null, true) then
    raise exception using errcode = '23514', constraint = 'scale_receipt__difference_explained', message = 'rule';
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'scale-receipt', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'article', new.article, 'weight', case when new.weight is null then null else jsonb_build_object('value', trim_scale(new.weight)::text, 'unit', new.weight_unit) end, 'weighedAt', to_char(new.weighed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'purchase', new.purchase, 'ordered', case when new.ordered is null then null else jsonb_build_object('value', trim_scale(new.ordered)::text, 'unit', new.ordered_unit) end, 'lot', new.lot, 'supplier', new.supplier, 'source', new.source, 'device', new.device, 'receiver', new.receiver, 'difference', new.difference, 'photo', to_jsonb(new.photo), 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function scale_receipt_added() returns trigger language plpgsql as $$
begin
  if exists (select from added fresh where not coalesce(fresh.source = 'device' or fresh.ordered is null or abs(fresh.weight - fresh.ordered) <= fresh.ordered * rule_value('scale-receipt.tolerance', (fresh.weighed_at at time zone 'Asia/Shanghai')::date) / 100 or fresh.difference is not null, true)) then
    raise exception using errcode = '23514', constraint = 'scale_receipt__difference_explained', message = 'rule';
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'scale-receipt', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'late', nullif(fresh.late, false), 'region', fresh.region, 'article', fresh.article, 'weight', case when fresh.weight is null then null else jsonb_build_object('value', trim_scale(fresh.weight)::text, 'unit', fresh.weight_unit) end, 'weighedAt', to_char(fresh.weighed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'purchase', fresh.purchase, 'ordered', case when fresh.ordered is null then null else jsonb_build_object('value', trim_scale(fresh.ordered)::text, 'unit', fresh.ordered_unit) end, 'lot', fresh.lot, 'supplier', fresh.supplier, 'source', fresh.source, 'device', fresh.device, 'receiver', fresh.receiver, 'difference', fresh.difference, 'photo', to_jsonb(fresh.photo), 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger scale_receipt_changed after update on scale_receipt for each row execute function scale_receipt_changed();
create or replace trigger scale_receipt_added after insert on scale_receipt referencing new table as added for each statement execute function scale_receipt_added();

create or replace function site_plan_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'site-plan', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'site', new.site, 'picture', to_jsonb(new.picture), 'remark', new.remark, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function site_plan_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'site-plan', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'name', fresh.name, 'site', fresh.site, 'picture', to_jsonb(fresh.picture), 'remark', fresh.remark, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger site_plan_changed after update on site_plan for each row execute function site_plan_changed();
create or replace trigger site_plan_added after insert on site_plan referencing new table as added for each statement execute function site_plan_added();

create or replace function field_device_changed() returns trigger language plpgsql as $$
begin
  if old.code is not null and (new.code is distinct from old.code or new.state = 'void') then
    delete from claim where namespace = 'field-device.code' and key = old.code and owner_id = old.owner_id;
  end if;
  if new.code is not null and new.state <> 'void' and new.code is distinct from old.code then
    insert into claim (namespace, key, owner_id, record_id) values ('field-device.code', new.code, new.owner_id, new.id);
  end if;
  if old.identity is not null and (new.identity is distinct from old.identity or new.state = 'void') then
    delete from claim where namespace = 'field-device.identity' and key = old.identity and owner_id = old.owner_id;
  end if;
  if new.identity is not null and new.state <> 'void' and new.identity is distinct from old.identity then
    insert into claim (namespace, key, owner_id, record_id) values ('field-device.identity', new.identity, new.owner_id, new.id);
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'field-device', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'code', new.code, 'name', new.name, 'model', new.model, 'maker', new.maker, 'makerModel', new.maker_model, 'mac', new.mac, 'protocol', new.protocol, 'identity', new.identity, 'site', new.site, 'room', new.room, 'asset', new.asset, 'grouping', new.grouping, 'place', case when new.place_lng is null then null else jsonb_build_object('lng', trim_scale(new.place_lng), 'lat', trim_scale(new.place_lat)) end, 'plan', new.plan, 'planX', new.plan_x, 'planY', new.plan_y, 'intervalSecond', new.interval_second, 'calibratedOn', to_char(new.calibrated_on, 'YYYY-MM-DD'), 'calibrationDue', to_char(new.calibration_due, 'YYYY-MM-DD'), 'firmware', new.firmware, 'source', new.source, 'remark', new.remark, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function field_device_added() returns trigger language plpgsql as $$
begin
  insert into claim (namespace, key, owner_id, record_id)
  select 'field-device.code', fresh.code, fresh.owner_id, fresh.id from added fresh where fresh.code is not null and fresh.state <> 'void';
  insert into claim (namespace, key, owner_id, record_id)
  select 'field-device.identity', fresh.identity, fresh.owner_id, fresh.id from added fresh where fresh.identity is not null and fresh.state <> 'void';
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'field-device', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'code', fresh.code, 'name', fresh.name, 'model', fresh.model, 'maker', fresh.maker, 'makerModel', fresh.maker_model, 'mac', fresh.mac, 'protocol', fresh.protocol, 'identity', fresh.identity, 'site', fresh.site, 'room', fresh.room, 'asset', fresh.asset, 'grouping', fresh.grouping, 'place', case when fresh.place_lng is null then null else jsonb_build_object('lng', trim_scale(fresh.place_lng), 'lat', trim_scale(fresh.place_lat)) end, 'plan', fresh.plan, 'planX', fresh.plan_x, 'planY', fresh.plan_y, 'intervalSecond', fresh.interval_second, 'calibratedOn', to_char(fresh.calibrated_on, 'YYYY-MM-DD'), 'calibrationDue', to_char(fresh.calibration_due, 'YYYY-MM-DD'), 'firmware', fresh.firmware, 'source', fresh.source, 'remark', fresh.remark, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger field_device_changed after update on field_device for each row execute function field_device_changed();
create or replace trigger field_device_added after insert on field_device referencing new table as added for each statement execute function field_device_added();

create or replace function alarm_rule_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'alarm-rule', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'model', new.model, 'device', new.device, 'severity', new.severity, 'clause', new.clause, 'conditions', new.conditions, 'forSecond', new.for_second, 'quietSecond', new.quiet_second, 'suppressBy', new.suppress_by, 'suppressMaxMinute', new.suppress_max_minute, 'graceMinute', new.grace_minute, 'escalateAfterMinute', new.escalate_after_minute, 'realarmAfterMinute', new.realarm_after_minute, 'fixWithinHour', new.fix_within_hour, 'confirm', new.confirm, 'advice', new.advice, 'triedAt', to_char(new.tried_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'triedVersion', new.tried_version, 'trialAlarms', new.trial_alarms, 'trialDevices', new.trial_devices, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function alarm_rule_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'alarm-rule', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'name', fresh.name, 'model', fresh.model, 'device', fresh.device, 'severity', fresh.severity, 'clause', fresh.clause, 'conditions', fresh.conditions, 'forSecond', fresh.for_second, 'quietSecond', fresh.quiet_second, 'suppressBy', fresh.suppress_by, 'suppressMaxMinute', fresh.suppress_max_minute, 'graceMinute', fresh.grace_minute, 'escalateAfterMinute', fresh.escalate_after_minute, 'realarmAfterMinute', fresh.realarm_after_minute, 'fixWithinHour', fresh.fix_within_hour, 'confirm', fresh.confirm, 'advice', fresh.advice, 'triedAt', to_char(fresh.tried_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'triedVersion', fresh.tried_version, 'trialAlarms', fresh.trial_alarms, 'trialDevices', fresh.trial_devices, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger alarm_rule_changed after update on alarm_rule for each row execute function alarm_rule_changed();
create or replace trigger alarm_rule_added after insert on alarm_rule referencing new table as added for each statement execute function alarm_rule_added();

create or replace function device_alarm_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'device-alarm', new.id, new.version, 2,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'title', new.title, 'device', new.device, 'raisedAt', to_char(new.raised_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'severity', new.severity, 'advice', new.advice, 'beganAt', to_char(new.began_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'clearedAt', to_char(new.cleared_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'withdrawnAt', to_char(new.withdrawn_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'level', new.level, 'rule', new.rule, 'ruleVersion', new.rule_version, 'clause', new.clause, 'value', new.value, 'bound', new.bound, 'peak', new.peak, 'calibrationDue', to_char(new.calibration_due, 'YYYY-MM-DD'), 'evidence', new.evidence, 'course', new.course, 'goods', new.goods, 'picture', to_jsonb(new.picture), 'assignee', new.assignee, 'dueAt', to_char(new.due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'measure', new.measure, 'photos', to_jsonb(new.photos), 'signOff', new.sign_off, 'reason', new.reason, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function device_alarm_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'device-alarm', fresh.id, fresh.version, 2,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'title', fresh.title, 'device', fresh.device, 'raisedAt', to_char(fresh.raised_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'severity', fresh.severity, 'advice', fresh.advice, 'beganAt', to_char(fresh.began_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'clearedAt', to_char(fresh.cleared_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'withdrawnAt', to_char(fresh.withdrawn_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'level', fresh.level, 'rule', fresh.rule, 'ruleVersion', fresh.rule_version, 'clause', fresh.clause, 'value', fresh.value, 'bound', fresh.bound, 'peak', fresh.peak, 'calibrationDue', to_char(fresh.calibration_due, 'YYYY-MM-DD'), 'evidence', fresh.evidence, 'course', fresh.course, 'goods', fresh.goods, 'picture', to_jsonb(fresh.picture), 'assignee', fresh.assignee, 'dueAt', to_char(fresh.due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'measure', fresh.measure, 'photos', to_jsonb(fresh.photos), 'signOff', fresh.sign_off, 'reason', fresh.reason, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger device_alarm_changed after update on device_alarm for each row execute function device_alarm_changed();
create or replace trigger device_alarm_added after insert on device_alarm referencing new table as added for each statement execute function device_alarm_added();

create or replace function ai_finding_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'ai-finding', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'event', new.event, 'device', new.device, 'seenAt', to_char(new.seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'endedAt', to_char(new.ended_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'confidence', new.confidence, 'picture', to_jsonb(new.picture), 'track', new.track, 'severity', new.severity, 'advice', new.advice, 'rule', new.rule, 'clause', new.clause, 'reason', new.reason, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function ai_finding_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'ai-finding', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'event', fresh.event, 'device', fresh.device, 'seenAt', to_char(fresh.seen_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'endedAt', to_char(fresh.ended_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'confidence', fresh.confidence, 'picture', to_jsonb(fresh.picture), 'track', fresh.track, 'severity', fresh.severity, 'advice', fresh.advice, 'rule', fresh.rule, 'clause', fresh.clause, 'reason', fresh.reason, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger ai_finding_changed after update on ai_finding for each row execute function ai_finding_changed();
create or replace trigger ai_finding_added after insert on ai_finding referencing new table as added for each statement execute function ai_finding_added();

create or replace function video_camera_changed() returns trigger language plpgsql as $$
begin
  if old.stream is not null and (new.stream is distinct from old.stream or new.state = 'void') then
    delete from claim where namespace = 'video-camera.stream' and key = old.stream and owner_id = old.owner_id;
  end if;
  if new.stream is not null and new.state <> 'void' and new.stream is distinct from old.stream then
    insert into claim (namespace, key, owner_id, record_id) values ('video-camera.stream', new.stream, new.owner_id, new.id);
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'video-camera', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'stream', new.stream, 'channel', new.channel, 'scene', new.scene, 'recording', new.recording, 'device', new.device, 'site', new.site, 'room', new.room, 'place', case when new.place_lng is null then null else jsonb_build_object('lng', trim_scale(new.place_lng), 'lat', trim_scale(new.place_lat)) end, 'remark', new.remark, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function video_camera_added() returns trigger language plpgsql as $$
begin
  insert into claim (namespace, key, owner_id, record_id)
  select 'video-camera.stream', fresh.stream, fresh.owner_id, fresh.id from added fresh where fresh.stream is not null and fresh.state <> 'void';
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'video-camera', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'name', fresh.name, 'stream', fresh.stream, 'channel', fresh.channel, 'scene', fresh.scene, 'recording', fresh.recording, 'device', fresh.device, 'site', fresh.site, 'room', fresh.room, 'place', case when fresh.place_lng is null then null else jsonb_build_object('lng', trim_scale(fresh.place_lng), 'lat', trim_scale(fresh.place_lat)) end, 'remark', fresh.remark, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger video_camera_changed after update on video_camera for each row execute function video_camera_changed();
create or replace trigger video_camera_added after insert on video_camera referencing new table as added for each statement execute function video_camera_added();

create or replace function video_snapshot_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'video-snapshot', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'camera', new.camera, 'takenAt', to_char(new.taken_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'picture', to_jsonb(new.picture), 'alarm', new.alarm, 'remark', new.remark, 'stored', new.stored, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function video_snapshot_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'video-snapshot', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'camera', fresh.camera, 'takenAt', to_char(fresh.taken_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'picture', to_jsonb(fresh.picture), 'alarm', fresh.alarm, 'remark', fresh.remark, 'stored', fresh.stored, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger video_snapshot_changed after update on video_snapshot for each row execute function video_snapshot_changed();
create or replace trigger video_snapshot_added after insert on video_snapshot referencing new table as added for each statement execute function video_snapshot_added();

create or replace function practitioner_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'practitioner', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'idNumber', new.id_number, 'phone', new.phone, 'post', new.post, 'hiredOn', to_char(new.hired_on, 'YYYY-MM-DD'), 'certificateNumber', new.certificate_number, 'certificate', case when new.certificate is null then null else jsonb_build_object('from', to_char(new.certificate, 'YYYY-MM-DD'), 'until', to_char(new.certificate_until, 'YYYY-MM-DD')) end, 'certificatePhoto', to_jsonb(new.certificate_photo), 'portrait', to_jsonb(new.portrait), 'personId', new.person_id, 'sealed', new.sealed, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function practitioner_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'practitioner', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'name', fresh.name, 'idNumber', fresh.id_number, 'phone', fresh.phone, 'post', fresh.post, 'hiredOn', to_char(fresh.hired_on, 'YYYY-MM-DD'), 'certificateNumber', fresh.certificate_number, 'certificate', case when fresh.certificate is null then null else jsonb_build_object('from', to_char(fresh.certificate, 'YYYY-MM-DD'), 'until', to_char(fresh.certificate_until, 'YYYY-MM-DD')) end, 'certificatePhoto', to_jsonb(fresh.certificate_photo), 'portrait', to_jsonb(fresh.portrait), 'personId', fresh.person_id, 'sealed', fresh.sealed, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger practitioner_changed after update on practitioner for each row execute function practitioner_changed();
create or replace trigger practitioner_added after insert on practitioner referencing new table as added for each statement execute function practitioner_added();

create or replace function inspection_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'inspection', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'number', new.number, 'subject', new.subject, 'template', new.template, 'startedAt', to_char(new.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'place', case when new.place_lng is null then null else jsonb_build_object('lng', trim_scale(new.place_lng), 'lat', trim_scale(new.place_lat)) end, 'inspector', new.inspector, 'secondInspector', new.second_inspector, 'answers', new.answers, 'failedPoints', new.failed_points, 'result', new.result, 'rectifyBy', to_char(new.rectify_by, 'YYYY-MM-DD'), 'inspectorSignature', new.inspector_signature, 'subjectSignature', new.subject_signature, 'refusal', new.refusal, 'rectification', new.rectification, 'rectificationPhotos', to_jsonb(new.rectification_photos), 'review', new.review, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function inspection_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'inspection', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'late', nullif(fresh.late, false), 'region', fresh.region, 'number', fresh.number, 'subject', fresh.subject, 'template', fresh.template, 'startedAt', to_char(fresh.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'place', case when fresh.place_lng is null then null else jsonb_build_object('lng', trim_scale(fresh.place_lng), 'lat', trim_scale(fresh.place_lat)) end, 'inspector', fresh.inspector, 'secondInspector', fresh.second_inspector, 'answers', fresh.answers, 'failedPoints', fresh.failed_points, 'result', fresh.result, 'rectifyBy', to_char(fresh.rectify_by, 'YYYY-MM-DD'), 'inspectorSignature', fresh.inspector_signature, 'subjectSignature', fresh.subject_signature, 'refusal', fresh.refusal, 'rectification', fresh.rectification, 'rectificationPhotos', to_jsonb(fresh.rectification_photos), 'review', fresh.review, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger inspection_changed after update on inspection for each row execute function inspection_changed();
create or replace trigger inspection_added after insert on inspection referencing new table as added for each statement execute function inspection_added();

create or replace function inspection_template_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'inspection-template', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'activity', new.activity, 'holds', case when new.holds is null then null else jsonb_build_object('from', to_char(new.holds, 'YYYY-MM-DD'), 'until', to_char(new.holds_until, 'YYYY-MM-DD')) end, 'points', new.points, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function inspection_template_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'inspection-template', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'name', fresh.name, 'activity', fresh.activity, 'holds', case when fresh.holds is null then null else jsonb_build_object('from', to_char(fresh.holds, 'YYYY-MM-DD'), 'until', to_char(fresh.holds_until, 'YYYY-MM-DD')) end, 'points', fresh.points, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger inspection_template_changed after update on inspection_template for each row execute function inspection_template_changed();
create or replace trigger inspection_template_added after insert on inspection_template referencing new table as added for each statement execute function inspection_template_added();

create or replace function sampling_test_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'sampling-test', new.id, new.version, 2,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'number', new.number, 'subject', new.subject, 'food', new.food, 'lot', new.lot, 'maker', new.maker, 'takenAt', to_char(new.taken_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'place', new.place, 'amount', case when new.amount is null then null else jsonb_build_object('value', trim_scale(new.amount)::text, 'unit', new.amount_unit) end, 'samplers', new.samplers, 'photos', to_jsonb(new.photos), 'laboratory', new.laboratory, 'items', new.items, 'testedOn', to_char(new.tested_on, 'YYYY-MM-DD'), 'result', new.result, 'report', new.report, 'toldOn', to_char(new.told_on, 'YYYY-MM-DD'), 'retestReason', new.retest_reason, 'retestLaboratory', new.retest_laboratory, 'retestResult', new.retest_result, 'retestReport', new.retest_report, 'handling', new.handling, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function sampling_test_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'sampling-test', fresh.id, fresh.version, 2,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'late', nullif(fresh.late, false), 'region', fresh.region, 'number', fresh.number, 'subject', fresh.subject, 'food', fresh.food, 'lot', fresh.lot, 'maker', fresh.maker, 'takenAt', to_char(fresh.taken_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'place', fresh.place, 'amount', case when fresh.amount is null then null else jsonb_build_object('value', trim_scale(fresh.amount)::text, 'unit', fresh.amount_unit) end, 'samplers', fresh.samplers, 'photos', to_jsonb(fresh.photos), 'laboratory', fresh.laboratory, 'items', fresh.items, 'testedOn', to_char(fresh.tested_on, 'YYYY-MM-DD'), 'result', fresh.result, 'report', fresh.report, 'toldOn', to_char(fresh.told_on, 'YYYY-MM-DD'), 'retestReason', fresh.retest_reason, 'retestLaboratory', fresh.retest_laboratory, 'retestResult', fresh.retest_result, 'retestReport', fresh.retest_report, 'handling', fresh.handling, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger sampling_test_changed after update on sampling_test for each row execute function sampling_test_changed();
create or replace trigger sampling_test_added after insert on sampling_test referencing new table as added for each statement execute function sampling_test_added();

create or replace function announcement_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'announcement', new.id, new.version, 3,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'number', new.number, 'title', new.title, 'form', new.form, 'audience', new.audience, 'area', new.area, 'confirmBy', to_char(new.confirm_by, 'YYYY-MM-DD'), 'body', new.body, 'holds', case when new.holds is null then null else jsonb_build_object('from', to_char(new.holds, 'YYYY-MM-DD'), 'until', to_char(new.holds_until, 'YYYY-MM-DD')) end, 'attachments', new.attachments, 'reason', new.reason, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function announcement_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'announcement', fresh.id, fresh.version, 3,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'number', fresh.number, 'title', fresh.title, 'form', fresh.form, 'audience', fresh.audience, 'area', fresh.area, 'confirmBy', to_char(fresh.confirm_by, 'YYYY-MM-DD'), 'body', fresh.body, 'holds', case when fresh.holds is null then null else jsonb_build_object('from', to_char(fresh.holds, 'YYYY-MM-DD'), 'until', to_char(fresh.holds_until, 'YYYY-MM-DD')) end, 'attachments', fresh.attachments, 'reason', fresh.reason, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger announcement_changed after update on announcement for each row execute function announcement_changed();
create or replace trigger announcement_added after insert on announcement referencing new table as added for each statement execute function announcement_added();

create or replace function recall_order_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'recall-order', new.id, new.version, 3,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'number', new.number, 'subject', new.subject, 'mode', new.mode, 'level', new.level, 'decidedAt', to_char(new.decided_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'reason', new.reason, 'lots', new.lots, 'measures', new.measures, 'disposer', new.disposer, 'report', new.report, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function recall_order_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'recall-order', fresh.id, fresh.version, 3,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'late', nullif(fresh.late, false), 'region', fresh.region, 'number', fresh.number, 'subject', fresh.subject, 'mode', fresh.mode, 'level', fresh.level, 'decidedAt', to_char(fresh.decided_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'reason', fresh.reason, 'lots', fresh.lots, 'measures', fresh.measures, 'disposer', fresh.disposer, 'report', fresh.report, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger recall_order_changed after update on recall_order for each row execute function recall_order_changed();
create or replace trigger recall_order_added after insert on recall_order referencing new table as added for each statement execute function recall_order_added();

create or replace function recall_task_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'recall-task', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'recall', new.recall, 'holder', new.holder, 'mode', new.mode, 'reason', new.reason, 'sentAt', to_char(new.sent_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'dueAt', to_char(new.due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'finishBy', to_char(new.finish_by at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'goods', new.goods, 'contact', new.contact, 'stopped', new.stopped, 'report', new.report, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function recall_task_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'recall-task', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'recall', fresh.recall, 'holder', fresh.holder, 'mode', fresh.mode, 'reason', fresh.reason, 'sentAt', to_char(fresh.sent_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'dueAt', to_char(fresh.due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'finishBy', to_char(fresh.finish_by at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'goods', fresh.goods, 'contact', fresh.contact, 'stopped', fresh.stopped, 'report', fresh.report, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger recall_task_changed after update on recall_task for each row execute function recall_task_changed();
create or replace trigger recall_task_added after insert on recall_task referencing new table as added for each statement execute function recall_task_added();

create or replace function unconfirmed_event_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'unconfirmed-event', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'eventId', new.event_id, 'holder', new.holder, 'reporter', new.reporter, 'eventTime', to_char(new.event_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'notedAt', to_char(new.noted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'claim', new.claim, 'what', new.what, 'place', new.place, 'goods', new.goods, 'reason', new.reason, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function unconfirmed_event_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'unconfirmed-event', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'eventId', fresh.event_id, 'holder', fresh.holder, 'reporter', fresh.reporter, 'eventTime', to_char(fresh.event_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'notedAt', to_char(fresh.noted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'claim', fresh.claim, 'what', fresh.what, 'place', fresh.place, 'goods', fresh.goods, 'reason', fresh.reason, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger unconfirmed_event_changed after update on unconfirmed_event for each row execute function unconfirmed_event_changed();
create or replace trigger unconfirmed_event_added after insert on unconfirmed_event referencing new table as added for each statement execute function unconfirmed_event_added();

create or replace function complaint_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'complaint', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'number', new.number, 'form', new.form, 'receivedAt', to_char(new.received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'channel', new.channel, 'complainant', new.complainant, 'phone', new.phone, 'subject', new.subject, 'food', new.food, 'code', new.code, 'content', new.content, 'photos', to_jsonb(new.photos), 'handler', new.handler, 'findings', new.findings, 'reply', new.reply, 'personId', new.person_id, 'sealed', new.sealed, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function complaint_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'complaint', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'late', nullif(fresh.late, false), 'region', fresh.region, 'number', fresh.number, 'form', fresh.form, 'receivedAt', to_char(fresh.received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'channel', fresh.channel, 'complainant', fresh.complainant, 'phone', fresh.phone, 'subject', fresh.subject, 'food', fresh.food, 'code', fresh.code, 'content', fresh.content, 'photos', to_jsonb(fresh.photos), 'handler', fresh.handler, 'findings', fresh.findings, 'reply', fresh.reply, 'personId', fresh.person_id, 'sealed', fresh.sealed, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger complaint_changed after update on complaint for each row execute function complaint_changed();
create or replace trigger complaint_added after insert on complaint referencing new table as added for each statement execute function complaint_added();

create or replace function approval_flow_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'approval-flow', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'appliesTo', new.applies_to, 'onStep', new.on_step, 'remark', new.remark, 'steps', new.steps, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function approval_flow_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'approval-flow', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'name', fresh.name, 'appliesTo', fresh.applies_to, 'onStep', fresh.on_step, 'remark', fresh.remark, 'steps', fresh.steps, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger approval_flow_changed after update on approval_flow for each row execute function approval_flow_changed();
create or replace trigger approval_flow_added after insert on approval_flow referencing new table as added for each statement execute function approval_flow_added();

create or replace function storage_medium_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'storage-medium', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'label', new.label, 'medium', new.medium, 'content', new.content, 'level', new.level, 'copies', new.copies, 'custodian', new.custodian, 'place', new.place, 'lentTo', new.lent_to, 'lentOn', to_char(new.lent_on, 'YYYY-MM-DD'), 'checkedOn', to_char(new.checked_on, 'YYYY-MM-DD'), 'renewBy', to_char(new.renew_by, 'YYYY-MM-DD'), 'remark', new.remark, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function storage_medium_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'storage-medium', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'label', fresh.label, 'medium', fresh.medium, 'content', fresh.content, 'level', fresh.level, 'copies', fresh.copies, 'custodian', fresh.custodian, 'place', fresh.place, 'lentTo', fresh.lent_to, 'lentOn', to_char(fresh.lent_on, 'YYYY-MM-DD'), 'checkedOn', to_char(fresh.checked_on, 'YYYY-MM-DD'), 'renewBy', to_char(fresh.renew_by, 'YYYY-MM-DD'), 'remark', fresh.remark, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger storage_medium_changed after update on storage_medium for each row execute function storage_medium_changed();
create or replace trigger storage_medium_added after insert on storage_medium referencing new table as added for each statement execute function storage_medium_added();

create or replace function data_destruction_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'data-destruction', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'thing', new.thing, 'method', new.method, 'reason', new.reason, 'destroyedAt', to_char(new.destroyed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'approver', new.approver, 'operator', new.operator, 'witness', new.witness, 'evidence', new.evidence, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function data_destruction_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'data-destruction', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'thing', fresh.thing, 'method', fresh.method, 'reason', fresh.reason, 'destroyedAt', to_char(fresh.destroyed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'approver', fresh.approver, 'operator', fresh.operator, 'witness', fresh.witness, 'evidence', fresh.evidence, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger data_destruction_changed after update on data_destruction for each row execute function data_destruction_changed();
create or replace trigger data_destruction_added after insert on data_destruction referencing new table as added for each statement execute function data_destruction_added();

create or replace function system_upgrade_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'system-upgrade', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'what', new.what, 'part', new.part, 'fromVersion', new.from_version, 'toVersion', new.to_version, 'plannedAt', to_char(new.planned_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'rollback', new.rollback, 'approver', new.approver, 'operator', new.operator, 'result', new.result, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function system_upgrade_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'system-upgrade', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'what', fresh.what, 'part', fresh.part, 'fromVersion', fresh.from_version, 'toVersion', fresh.to_version, 'plannedAt', to_char(fresh.planned_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'rollback', fresh.rollback, 'approver', fresh.approver, 'operator', fresh.operator, 'result', fresh.result, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger system_upgrade_changed after update on system_upgrade for each row execute function system_upgrade_changed();
create or replace trigger system_upgrade_added after insert on system_upgrade referencing new table as added for each statement execute function system_upgrade_added();

create or replace function risk_assessment_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select new.owner_id, 'risk-assessment', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'title', new.title, 'day', to_char(new.day, 'YYYY-MM-DD'), 'assessor', new.assessor, 'scope', new.scope, 'findings', new.findings, 'conclusion', new.conclusion, 'report', new.report, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
  return null;
end $$;
create or replace function risk_assessment_added() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  select fresh.owner_id, 'risk-assessment', fresh.id, fresh.version, 1,
    current_setting('shisu.actor', true), fresh.region, jsonb_strip_nulls(jsonb_build_object('id', fresh.id, 'ownerId', fresh.owner_id, 'version', fresh.version, 'state', fresh.state, 'voidReason', fresh.void_reason, 'mergedInto', fresh.merged_into, 'region', fresh.region, 'title', fresh.title, 'day', to_char(fresh.day, 'YYYY-MM-DD'), 'assessor', fresh.assessor, 'scope', fresh.scope, 'findings', fresh.findings, 'conclusion', fresh.conclusion, 'report', fresh.report, 'createdAt', to_char(fresh.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(fresh.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) from added fresh;
  return null;
end $$;
create or replace trigger risk_assessment_changed after update on risk_assessment for each row execute function risk_assessment_changed();
create or replace trigger risk_assessment_added after insert on risk_assessment referencing new table as added for each statement execute function risk_assessment_added();

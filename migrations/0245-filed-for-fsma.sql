-- What FSMA 204 asks for of a place and a product: zip code, facility number of the FDA, category of its Food Traceability List.
alter table subject add column postcode text;
alter table subject add column ffrn text;
alter table subject add constraint subject_postcode_1 check (char_length(postcode) between 1 and 6) not valid;
alter table subject validate constraint subject_postcode_1;
alter table subject add constraint subject_ffrn_1 check (char_length(ffrn) between 1 and 11) not valid;
alter table subject validate constraint subject_ffrn_1;
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
  values (new.owner_id, 'subject', new.id, new.version, 3,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'uscc', new.uscc, 'activity', new.activity, 'licenceNumber', new.licence_number, 'licenceUntil', to_char(new.licence_until, 'YYYY-MM-DD'), 'industry', new.industry, 'categories', new.categories, 'address', new.address, 'postcode', new.postcode, 'place', case when new.place_lng is null then null else jsonb_build_object('lng', trim_scale(new.place_lng), 'lat', trim_scale(new.place_lat)) end, 'gln', new.gln, 'ffrn', new.ffrn, 'legalRepresentative', new.legal_representative, 'legalRepresentativeId', new.legal_representative_id, 'contact', new.contact, 'phone', new.phone, 'personId', new.person_id, 'sealed', new.sealed, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

alter table product add column ftl_category text;
alter table product add constraint product_ftl_category_1 check (ftl_category in ('cheeses', 'eggs', 'nut-butters', 'cucumbers', 'herbs', 'leafy-greens', 'leafy-greens-cut', 'melons', 'peppers', 'sprouts', 'tomatoes', 'tropical-fruits', 'fruits-cut', 'vegetables-cut', 'finfish', 'crustaceans', 'molluscs', 'deli-salads')) not valid;
alter table product validate constraint product_ftl_category_1;
create or replace function product_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.gtin is not null and (new.gtin is distinct from old.gtin or new.state = 'void') then
    delete from claim where namespace = 'product.gtin' and key = old.gtin and owner_id = old.owner_id;
  end if;
  if new.gtin is not null and new.state <> 'void' and (tg_op = 'INSERT' or new.gtin is distinct from old.gtin) then
    insert into claim (namespace, key, owner_id, record_id) values ('product.gtin', new.gtin, new.owner_id, new.id);
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'product', new.id, new.version, 2,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'brand', new.brand, 'gtin', new.gtin, 'foodClass', new.food_class, 'catalogue', new.catalogue, 'netContent', case when new.net_content is null then null else jsonb_build_object('value', trim_scale(new.net_content)::text, 'unit', new.net_content_unit) end, 'specification', new.specification, 'shelfLifeDays', new.shelf_life_days, 'standard', new.standard, 'process', new.process, 'origin', new.origin, 'storage', new.storage, 'ingredients', new.ingredients, 'nutrition', new.nutrition, 'suits', new.suits, 'method', new.method, 'reminder', new.reminder, 'salesArea', new.sales_area, 'ftlCategory', new.ftl_category, 'photos', to_jsonb(new.photos), 'label', new.label, 'review', new.review, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

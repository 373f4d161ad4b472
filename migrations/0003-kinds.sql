-- Derived from the declarations; from here on migrations are drafted by npm run migrate:draft.

-- 监管对象
create table subject (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
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
  constraint subject_version check (version > 0),
  constraint subject_state check (state in ('active', 'void')),
  constraint subject_void check ((state = 'void') = (void_reason is not null)),
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
create index subject_by_id on subject (id);
create index subject_by_county on subject (county, id);
create index subject_by_city on subject (city, id);
create index subject_by_search on subject using gin (search);
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
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'uscc', new.uscc, 'activity', new.activity, 'licenceNumber', new.licence_number, 'address', new.address, 'place', case when new.place_lng is null then null else jsonb_build_object('lng', trim_scale(new.place_lng), 'lat', trim_scale(new.place_lat)) end, 'gln', new.gln, 'contact', new.contact, 'phone', new.phone, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger subject_changed after insert or update on subject for each row execute function subject_changed();
grant select, insert, update on subject to shisu_web;

-- 个体经营者
create table merchant (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
  name text not null,
  merchant_code text not null,
  uscc text,
  business text not null,
  categories text,
  node uuid not null,
  stall text,
  region text not null,
  contact text not null,
  phone text not null,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint merchant_pkey primary key (owner_id, id),
  constraint merchant_version check (version > 0),
  constraint merchant_state check (state in ('active', 'void')),
  constraint merchant_void check ((state = 'void') = (void_reason is not null)),
  constraint merchant_is_owner check (owner_id = id),
  constraint merchant_name_1 check (char_length(name) between 1 and 100),
  constraint merchant_merchant_code_1 check (char_length(merchant_code) between 1 and 30),
  constraint merchant_uscc_1 check (uscc ~ '^[0-9A-Z]{1,40}$'),
  constraint merchant_business_1 check (char_length(business) between 1 and 40),
  constraint merchant_categories_1 check (char_length(categories) between 1 and 200),
  constraint merchant_stall_1 check (char_length(stall) between 1 and 40),
  constraint merchant_region_1 check (region ~ '^[0-9A-Z]{1,40}$'),
  constraint merchant_contact_1 check (char_length(contact) between 1 and 40),
  constraint merchant_phone_1 check (char_length(phone) between 1 and 20),
  constraint merchant_node_refers foreign key (node) references owner (id)
);
create index merchant_by_id on merchant (id);
create index merchant_by_county on merchant (county, id);
create index merchant_by_city on merchant (city, id);
create index merchant_by_search on merchant using gin (search);
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
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'merchantCode', new.merchant_code, 'uscc', new.uscc, 'business', new.business, 'categories', new.categories, 'node', new.node, 'stall', new.stall, 'contact', new.contact, 'phone', new.phone, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger merchant_changed after insert or update on merchant for each row execute function merchant_changed();
grant select, insert, update on merchant to shisu_web;

-- 场所
create table site (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
  region text not null,
  name text not null,
  use text not null,
  address text not null,
  place_lng numeric(9,6),
  place_lat numeric(8,6),
  gln text,
  keeper text not null,
  photos text[],
  remark text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint site_pkey primary key (owner_id, id),
  constraint site_version check (version > 0),
  constraint site_state check (state in ('active', 'void')),
  constraint site_void check ((state = 'void') = (void_reason is not null)),
  constraint site_name_1 check (char_length(name) between 1 and 80),
  constraint site_use_1 check (use in ('workshop', 'warehouse', 'cold', 'kitchen', 'shop', 'office')),
  constraint site_address_1 check (char_length(address) between 1 and 200),
  constraint site_place_1 check (place_lng between -180 and 180),
  constraint site_place_2 check (place_lat between -90 and 90),
  constraint site_place_3 check ((place_lng is null) = (place_lat is null)),
  constraint site_gln_1 check (gln ~ '^[0-9A-Z]{1,40}$'),
  constraint site_keeper_1 check (char_length(keeper) between 1 and 40),
  constraint site_photos_1 check (cardinality(photos) <= 6),
  constraint site_remark_1 check (char_length(remark) between 1 and 300)
);
create index site_by_id on site (id);
create index site_by_county on site (county, id);
create index site_by_city on site (city, id);
create index site_by_search on site using gin (search);
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
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'use', new.use, 'address', new.address, 'place', case when new.place_lng is null then null else jsonb_build_object('lng', trim_scale(new.place_lng), 'lat', trim_scale(new.place_lat)) end, 'gln', new.gln, 'keeper', new.keeper, 'photos', to_jsonb(new.photos), 'remark', new.remark, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger site_changed after insert or update on site for each row execute function site_changed();
grant select, insert, update on site to shisu_web;

-- 产品备案
create table product (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'draft',
  void_reason text,
  region text not null,
  name text not null,
  brand text,
  gtin text not null,
  food_class text not null,
  catalogue uuid,
  net_content numeric(18,6) not null,
  net_content_unit text not null,
  net_content_base numeric(24,6) generated always as (case net_content_unit when 'GRM' then net_content * 0.001 / 0.001 when 'KGM' then net_content * 1 / 0.001 when 'MLT' then null when 'LTR' then null end) stored,
  specification text,
  shelf_life_days bigint not null,
  standard text not null,
  process text,
  origin text not null,
  storage text not null,
  ingredients text not null,
  nutrition text,
  suits text,
  method text,
  reminder text,
  sales_area text not null,
  photos text[],
  label jsonb,
  review text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint product_pkey primary key (owner_id, id),
  constraint product_version check (version > 0),
  constraint product_state check (state in ('draft', 'submitted', 'filed', 'returned', 'void')),
  constraint product_void check ((state = 'void') = (void_reason is not null)),
  constraint product_name_1 check (char_length(name) between 1 and 80),
  constraint product_brand_1 check (char_length(brand) between 1 and 40),
  constraint product_gtin_1 check (gtin ~ '^[0-9A-Z]{1,40}$'),
  constraint product_food_class_1 check (food_class ~ '^[0-9A-Z]{1,40}$'),
  constraint product_net_content_1 check (net_content between 0 and 999999999999),
  constraint product_net_content_2 check (net_content_unit in ('GRM', 'KGM', 'MLT', 'LTR')),
  constraint product_net_content_3 check ((net_content is null) = (net_content_unit is null)),
  constraint product_specification_1 check (char_length(specification) between 1 and 60),
  constraint product_shelf_life_days_1 check (shelf_life_days between 1 and 3650),
  constraint product_standard_1 check (char_length(standard) between 1 and 60),
  constraint product_process_1 check (char_length(process) between 1 and 200),
  constraint product_origin_1 check (char_length(origin) between 1 and 60),
  constraint product_storage_1 check (char_length(storage) between 1 and 100),
  constraint product_ingredients_1 check (char_length(ingredients) between 1 and 1000),
  constraint product_nutrition_1 check (char_length(nutrition) between 1 and 500),
  constraint product_suits_1 check (char_length(suits) between 1 and 100),
  constraint product_method_1 check (char_length(method) between 1 and 500),
  constraint product_reminder_1 check (char_length(reminder) between 1 and 300),
  constraint product_sales_area_1 check (sales_area in ('city', 'province', 'country', 'abroad')),
  constraint product_photos_1 check (cardinality(photos) <= 4),
  constraint product_label_1 check (jsonb_array_length(label) <= 3),
  constraint product_review_1 check (char_length(review) between 1 and 300)
);
create index product_by_id on product (id);
create index product_by_county on product (county, id);
create index product_by_city on product (city, id);
create index product_by_search on product using gin (search);
create or replace function product_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.gtin is not null and (new.gtin is distinct from old.gtin or new.state = 'void') then
    delete from claim where namespace = 'product.gtin' and key = old.gtin and owner_id = old.owner_id;
  end if;
  if new.gtin is not null and new.state <> 'void' and (tg_op = 'INSERT' or new.gtin is distinct from old.gtin) then
    insert into claim (namespace, key, owner_id, record_id) values ('product.gtin', new.gtin, new.owner_id, new.id);
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'product', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'brand', new.brand, 'gtin', new.gtin, 'foodClass', new.food_class, 'catalogue', new.catalogue, 'netContent', case when new.net_content is null then null else jsonb_build_object('value', trim_scale(new.net_content)::text, 'unit', new.net_content_unit) end, 'specification', new.specification, 'shelfLifeDays', new.shelf_life_days, 'standard', new.standard, 'process', new.process, 'origin', new.origin, 'storage', new.storage, 'ingredients', new.ingredients, 'nutrition', new.nutrition, 'suits', new.suits, 'method', new.method, 'reminder', new.reminder, 'salesArea', new.sales_area, 'photos', to_jsonb(new.photos), 'label', new.label, 'review', new.review, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger product_changed after insert or update on product for each row execute function product_changed();
grant select, insert, update on product to shisu_web;

-- 产品目录
create table catalogue_entry (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
  region text not null,
  code text not null,
  name text not null,
  level text not null,
  parent uuid,
  edition text not null,
  holds date not null,
  holds_until date,
  remark text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint catalogue_entry_pkey primary key (owner_id, id),
  constraint catalogue_entry_version check (version > 0),
  constraint catalogue_entry_state check (state in ('active', 'void')),
  constraint catalogue_entry_void check ((state = 'void') = (void_reason is not null)),
  constraint catalogue_entry_code_1 check (char_length(code) between 1 and 20),
  constraint catalogue_entry_name_1 check (char_length(name) between 1 and 80),
  constraint catalogue_entry_level_1 check (level in ('national', 'local')),
  constraint catalogue_entry_edition_1 check (char_length(edition) between 1 and 30),
  constraint catalogue_entry_holds_1 check (holds_until is null or holds_until >= holds),
  constraint catalogue_entry_remark_1 check (char_length(remark) between 1 and 300)
);
create index catalogue_entry_by_id on catalogue_entry (id);
create index catalogue_entry_by_owner on catalogue_entry (owner_id, code, id);
create index catalogue_entry_by_county on catalogue_entry (county, code, id);
create index catalogue_entry_by_city on catalogue_entry (city, code, id);
create index catalogue_entry_by_search on catalogue_entry using gin (search);
create or replace function catalogue_entry_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.code is not null and (new.code is distinct from old.code or new.state = 'void') then
    delete from claim where namespace = 'catalogue-entry.code' and key = old.code and owner_id = old.owner_id;
  end if;
  if new.code is not null and new.state <> 'void' and (tg_op = 'INSERT' or new.code is distinct from old.code) then
    insert into claim (namespace, key, owner_id, record_id) values ('catalogue-entry.code', new.code, new.owner_id, new.id);
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'catalogue-entry', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'code', new.code, 'name', new.name, 'level', new.level, 'parent', new.parent, 'edition', new.edition, 'holds', case when new.holds is null then null else jsonb_build_object('from', to_char(new.holds, 'YYYY-MM-DD'), 'until', to_char(new.holds_until, 'YYYY-MM-DD')) end, 'remark', new.remark, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger catalogue_entry_changed after insert or update on catalogue_entry for each row execute function catalogue_entry_changed();
grant select, insert, update on catalogue_entry to shisu_web;

-- 原料进货查验
create table material_receipt (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
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
  late boolean generated always as (created_at - received_at > interval '24 hours') stored,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint material_receipt_pkey primary key (owner_id, id),
  constraint material_receipt_version check (version > 0),
  constraint material_receipt_state check (state in ('active', 'void')),
  constraint material_receipt_void check ((state = 'void') = (void_reason is not null)),
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
create index material_receipt_by_id on material_receipt (id);
create index material_receipt_by_owner on material_receipt (owner_id, received_at, id);
create index material_receipt_by_county on material_receipt (county, received_at, id);
create index material_receipt_by_city on material_receipt (city, received_at, id);
create index material_receipt_by_search on material_receipt using gin (search);
create or replace function material_receipt_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'material-receipt', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'receivedAt', to_char(new.received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'supplier', new.supplier, 'supplierAsReceived', new.supplier_as_received, 'deliveryNote', new.delivery_note, 'lots', new.lots, 'photos', to_jsonb(new.photos), 'receiver', new.receiver, 'remark', new.remark, 'eventId', new.event_id, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger material_receipt_changed after insert or update on material_receipt for each row execute function material_receipt_changed();
grant select, insert, update on material_receipt to shisu_web;

-- 晨检
create table morning_check (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
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
  late boolean generated always as (created_at - ((day + 1)::timestamp at time zone 'Asia/Shanghai') > interval '24 hours') stored,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint morning_check_pkey primary key (owner_id, id),
  constraint morning_check_version check (version > 0),
  constraint morning_check_state check (state in ('active', 'void')),
  constraint morning_check_void check ((state = 'void') = (void_reason is not null)),
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
create index morning_check_by_id on morning_check (id);
create index morning_check_by_owner on morning_check (owner_id, day, id);
create index morning_check_by_county on morning_check (county, day, id);
create index morning_check_by_city on morning_check (city, day, id);
create index morning_check_by_search on morning_check using gin (search);
create or replace function morning_check_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'morning-check', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'day', to_char(new.day, 'YYYY-MM-DD'), 'person', new.person, 'checkedAt', to_char(new.checked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'temperature', case when new.temperature is null then null else jsonb_build_object('value', trim_scale(new.temperature)::text, 'unit', new.temperature_unit) end, 'symptom', new.symptom, 'hands', new.hands, 'result', new.result, 'measure', new.measure, 'checker', new.checker, 'photo', to_jsonb(new.photo), 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger morning_check_changed after insert or update on morning_check for each row execute function morning_check_changed();
grant select, insert, update on morning_check to shisu_web;

-- 食品留样
create table retained_sample (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'kept',
  void_reason text,
  region text not null,
  dish text not null,
  meal text not null,
  taken_at timestamptz not null,
  amount numeric(18,6) not null,
  amount_unit text not null,
  box text,
  cabinet text not null,
  temperature numeric(18,6),
  temperature_unit text,
  taker text not null,
  photo text[],
  disposed_at timestamptz,
  disposer text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  late boolean generated always as (created_at - taken_at > interval '24 hours') stored,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint retained_sample_pkey primary key (owner_id, id),
  constraint retained_sample_version check (version > 0),
  constraint retained_sample_state check (state in ('kept', 'disposed', 'void')),
  constraint retained_sample_void check ((state = 'void') = (void_reason is not null)),
  constraint retained_sample_dish_1 check (char_length(dish) between 1 and 60),
  constraint retained_sample_meal_1 check (meal in ('breakfast', 'lunch', 'dinner', 'snack')),
  constraint retained_sample_taken_at_1 check (taken_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint retained_sample_amount_1 check (amount between 0 and 999999999999),
  constraint retained_sample_amount_2 check (amount_unit in ('GRM')),
  constraint retained_sample_amount_3 check ((amount is null) = (amount_unit is null)),
  constraint retained_sample_box_1 check (char_length(box) between 1 and 30),
  constraint retained_sample_cabinet_1 check (char_length(cabinet) between 1 and 40),
  constraint retained_sample_temperature_1 check (temperature between -30 and 30),
  constraint retained_sample_temperature_2 check (temperature_unit in ('CEL')),
  constraint retained_sample_temperature_3 check ((temperature is null) = (temperature_unit is null)),
  constraint retained_sample_taker_1 check (char_length(taker) between 1 and 40),
  constraint retained_sample_photo_1 check (cardinality(photo) <= 3),
  constraint retained_sample_disposed_at_1 check (disposed_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint retained_sample_disposer_1 check (char_length(disposer) between 1 and 40),
  constraint retained_sample__disposer_named check ((disposed_at is null) = (disposer is null))
);
create index retained_sample_by_id on retained_sample (id);
create index retained_sample_by_owner on retained_sample (owner_id, taken_at, id);
create index retained_sample_by_county on retained_sample (county, taken_at, id);
create index retained_sample_by_city on retained_sample (city, taken_at, id);
create index retained_sample_by_search on retained_sample using gin (search);
create or replace function retained_sample_changed() returns trigger language plpgsql as $$
begin
  if not coalesce(new.amount >= rule_value('retained-sample.amount-gram', (new.taken_at at time zone 'Asia/Shanghai')::date), true) then
    raise exception using errcode = '23514', constraint = 'retained_sample__enough', message = 'rule';
  end if;
  if not coalesce(new.disposed_at is null or new.disposed_at >= new.taken_at + rule_value('retained-sample.keep-hours', (new.taken_at at time zone 'Asia/Shanghai')::date) * interval '1 hour', true) then
    raise exception using errcode = '23514', constraint = 'retained_sample__kept_long_enough', message = 'rule';
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'retained-sample', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'dish', new.dish, 'meal', new.meal, 'takenAt', to_char(new.taken_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'amount', case when new.amount is null then null else jsonb_build_object('value', trim_scale(new.amount)::text, 'unit', new.amount_unit) end, 'box', new.box, 'cabinet', new.cabinet, 'temperature', case when new.temperature is null then null else jsonb_build_object('value', trim_scale(new.temperature)::text, 'unit', new.temperature_unit) end, 'taker', new.taker, 'photo', to_jsonb(new.photo), 'disposedAt', to_char(new.disposed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'disposer', new.disposer, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger retained_sample_changed after insert or update on retained_sample for each row execute function retained_sample_changed();
grant select, insert, update on retained_sample to shisu_web;

-- 从业人员
create table practitioner (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
  region text not null,
  name text not null,
  id_number text,
  phone text,
  post text not null,
  hired_on date,
  certificate_number text not null,
  certificate date not null,
  certificate_until date,
  certificate_photo text[],
  portrait text[],
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint practitioner_pkey primary key (owner_id, id),
  constraint practitioner_version check (version > 0),
  constraint practitioner_state check (state in ('active', 'void')),
  constraint practitioner_void check ((state = 'void') = (void_reason is not null)),
  constraint practitioner_name_1 check (char_length(name) between 1 and 40),
  constraint practitioner_id_number_1 check (id_number ~ '^[0-9A-Z]{1,40}$'),
  constraint practitioner_phone_1 check (char_length(phone) between 1 and 20),
  constraint practitioner_post_1 check (post in ('manager', 'director', 'cook', 'cutter', 'server', 'cleaner', 'producer', 'tester', 'keeper', 'other')),
  constraint practitioner_hired_on_1 check (hired_on between '1900-01-01' and '2199-12-31'),
  constraint practitioner_certificate_number_1 check (char_length(certificate_number) between 1 and 40),
  constraint practitioner_certificate_1 check (certificate_until is null or certificate_until >= certificate),
  constraint practitioner_certificate_photo_1 check (cardinality(certificate_photo) <= 2),
  constraint practitioner_portrait_1 check (cardinality(portrait) <= 1),
  constraint practitioner__certificate_has_an_end check (certificate_until is not null)
);
create index practitioner_by_id on practitioner (id);
create index practitioner_by_county on practitioner (county, id);
create index practitioner_by_city on practitioner (city, id);
create index practitioner_by_search on practitioner using gin (search);
create or replace function practitioner_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'practitioner', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'idNumber', new.id_number, 'phone', new.phone, 'post', new.post, 'hiredOn', to_char(new.hired_on, 'YYYY-MM-DD'), 'certificateNumber', new.certificate_number, 'certificate', case when new.certificate is null then null else jsonb_build_object('from', to_char(new.certificate, 'YYYY-MM-DD'), 'until', to_char(new.certificate_until, 'YYYY-MM-DD')) end, 'certificatePhoto', to_jsonb(new.certificate_photo), 'portrait', to_jsonb(new.portrait), 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger practitioner_changed after insert or update on practitioner for each row execute function practitioner_changed();
grant select, insert, update on practitioner to shisu_web;

-- 现场检查
create table inspection (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'open',
  void_reason text,
  region text not null,
  number text,
  subject uuid not null,
  template uuid not null,
  started_at timestamptz not null,
  place_lng numeric(9,6),
  place_lat numeric(8,6),
  inspector text not null,
  second_inspector text not null,
  answers jsonb,
  failed_points bigint generated always as (jsonb_array_length(jsonb_path_query_array(answers, '$[*] ? (@.verdict == "failed")'))) stored,
  result text,
  rectify_by date,
  inspector_signature jsonb,
  subject_signature jsonb,
  refusal text,
  rectification text,
  rectification_photos text[],
  review text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  about_id uuid generated always as (subject) stored,
  late boolean generated always as (created_at - started_at > interval '72 hours') stored,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint inspection_pkey primary key (owner_id, id),
  constraint inspection_version check (version > 0),
  constraint inspection_state check (state in ('open', 'rectifying', 'rectified', 'closed', 'void')),
  constraint inspection_void check ((state = 'void') = (void_reason is not null)),
  constraint inspection_started_at_1 check (started_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint inspection_place_1 check (place_lng between -180 and 180),
  constraint inspection_place_2 check (place_lat between -90 and 90),
  constraint inspection_place_3 check ((place_lng is null) = (place_lat is null)),
  constraint inspection_inspector_1 check (char_length(inspector) between 1 and 40),
  constraint inspection_second_inspector_1 check (char_length(second_inspector) between 1 and 40),
  constraint inspection_answers_1 check (jsonb_typeof(answers) = 'array'),
  constraint inspection_answers_2 check (jsonb_array_length(answers) <= 300),
  constraint inspection_failed_points_1 check (failed_points between 0 and 9007199254740991),
  constraint inspection_result_1 check (result in ('passed', 'rectify', 'investigate')),
  constraint inspection_rectify_by_1 check (rectify_by between '1900-01-01' and '2199-12-31'),
  constraint inspection_refusal_1 check (char_length(refusal) between 1 and 300),
  constraint inspection_rectification_1 check (char_length(rectification) between 1 and 500),
  constraint inspection_rectification_photos_1 check (cardinality(rectification_photos) <= 9),
  constraint inspection_review_1 check (char_length(review) between 1 and 300),
  constraint inspection__two_inspectors check (inspector <> second_inspector),
  constraint inspection__failed_point_has_note check (answers is null or not jsonb_path_exists(answers, '$[*] ? (@.verdict == "failed" && !exists(@.note))')),
  constraint inspection__failed_point_fails check (result is distinct from 'passed' or not jsonb_path_exists(answers, '$[*] ? (@.verdict == "failed")')),
  constraint inspection__rectify_has_day check (result is distinct from 'rectify' or rectify_by is not null),
  constraint inspection__signed_or_refused check (state = 'open' or state = 'void' or subject_signature is not null or refusal is not null),
  constraint inspection_subject_refers foreign key (subject) references owner (id)
);
create index inspection_by_id on inspection (id);
create index inspection_by_owner on inspection (owner_id, started_at, id);
create index inspection_by_county on inspection (county, started_at, id);
create index inspection_by_about on inspection (about_id, started_at, id);
create index inspection_by_city on inspection (city, started_at, id);
create index inspection_by_search on inspection using gin (search);
create or replace function inspection_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'inspection', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'number', new.number, 'subject', new.subject, 'template', new.template, 'startedAt', to_char(new.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'place', case when new.place_lng is null then null else jsonb_build_object('lng', trim_scale(new.place_lng), 'lat', trim_scale(new.place_lat)) end, 'inspector', new.inspector, 'secondInspector', new.second_inspector, 'answers', new.answers, 'failedPoints', new.failed_points, 'result', new.result, 'rectifyBy', to_char(new.rectify_by, 'YYYY-MM-DD'), 'inspectorSignature', new.inspector_signature, 'subjectSignature', new.subject_signature, 'refusal', new.refusal, 'rectification', new.rectification, 'rectificationPhotos', to_jsonb(new.rectification_photos), 'review', new.review, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger inspection_changed after insert or update on inspection for each row execute function inspection_changed();
grant select, insert, update on inspection to shisu_web;

-- 检查要点表
create table inspection_template (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'active',
  void_reason text,
  region text not null,
  name text not null,
  activity text not null,
  holds date not null,
  holds_until date,
  points jsonb not null,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint inspection_template_pkey primary key (owner_id, id),
  constraint inspection_template_version check (version > 0),
  constraint inspection_template_state check (state in ('active', 'void')),
  constraint inspection_template_void check ((state = 'void') = (void_reason is not null)),
  constraint inspection_template_name_1 check (char_length(name) between 1 and 80),
  constraint inspection_template_activity_1 check (activity in ('production', 'circulation', 'catering', 'storage', 'special')),
  constraint inspection_template_holds_1 check (holds_until is null or holds_until >= holds),
  constraint inspection_template_points_1 check (jsonb_typeof(points) = 'array'),
  constraint inspection_template_points_2 check (jsonb_array_length(points) <= 300)
);
create index inspection_template_by_id on inspection_template (id);
create index inspection_template_by_county on inspection_template (county, id);
create index inspection_template_by_city on inspection_template (city, id);
create index inspection_template_by_search on inspection_template using gin (search);
create or replace function inspection_template_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'inspection-template', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'name', new.name, 'activity', new.activity, 'holds', case when new.holds is null then null else jsonb_build_object('from', to_char(new.holds, 'YYYY-MM-DD'), 'until', to_char(new.holds_until, 'YYYY-MM-DD')) end, 'points', new.points, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger inspection_template_changed after insert or update on inspection_template for each row execute function inspection_template_changed();
grant select, insert, update on inspection_template to shisu_web;

-- 抽样检验
create table sampling_test (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'sampled',
  void_reason text,
  region text not null,
  number text,
  subject uuid not null,
  food text not null,
  lot text not null,
  maker text,
  taken_at timestamptz not null,
  place text not null,
  amount numeric(18,6) not null,
  amount_unit text not null,
  amount_base numeric(24,6) generated always as (case amount_unit when 'KGM' then amount * 1 / 1 when 'GRM' then amount * 0.001 / 1 when 'LTR' then null when 'EA' then null end) stored,
  samplers text not null,
  photos text[],
  laboratory text not null,
  items jsonb,
  tested_on date,
  result text,
  report jsonb,
  told_on date,
  retest_reason text,
  retest_laboratory text,
  retest_result text,
  retest_report jsonb,
  handling text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  about_id uuid generated always as (subject) stored,
  late boolean generated always as (created_at - taken_at > interval '72 hours') stored,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint sampling_test_pkey primary key (owner_id, id),
  constraint sampling_test_version check (version > 0),
  constraint sampling_test_state check (state in ('sampled', 'tested', 'told', 'retesting', 'handling', 'closed', 'void')),
  constraint sampling_test_void check ((state = 'void') = (void_reason is not null)),
  constraint sampling_test_food_1 check (char_length(food) between 1 and 80),
  constraint sampling_test_lot_1 check (char_length(lot) between 1 and 40),
  constraint sampling_test_maker_1 check (char_length(maker) between 1 and 100),
  constraint sampling_test_taken_at_1 check (taken_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint sampling_test_place_1 check (char_length(place) between 1 and 100),
  constraint sampling_test_amount_1 check (amount between 0 and 999999999999),
  constraint sampling_test_amount_2 check (amount_unit in ('KGM', 'GRM', 'LTR', 'EA')),
  constraint sampling_test_amount_3 check ((amount is null) = (amount_unit is null)),
  constraint sampling_test_samplers_1 check (char_length(samplers) between 1 and 80),
  constraint sampling_test_photos_1 check (cardinality(photos) <= 9),
  constraint sampling_test_laboratory_1 check (char_length(laboratory) between 1 and 100),
  constraint sampling_test_items_1 check (jsonb_typeof(items) = 'array'),
  constraint sampling_test_items_2 check (jsonb_array_length(items) <= 100),
  constraint sampling_test_tested_on_1 check (tested_on between '1900-01-01' and '2199-12-31'),
  constraint sampling_test_result_1 check (result in ('passed', 'failed')),
  constraint sampling_test_report_1 check (jsonb_array_length(report) <= 3),
  constraint sampling_test_told_on_1 check (told_on between '1900-01-01' and '2199-12-31'),
  constraint sampling_test_retest_reason_1 check (char_length(retest_reason) between 1 and 300),
  constraint sampling_test_retest_laboratory_1 check (char_length(retest_laboratory) between 1 and 100),
  constraint sampling_test_retest_result_1 check (retest_result in ('passed', 'failed')),
  constraint sampling_test_retest_report_1 check (jsonb_array_length(retest_report) <= 3),
  constraint sampling_test_handling_1 check (char_length(handling) between 1 and 500),
  constraint sampling_test__failed_item_fails_the_sample check (result is distinct from 'passed' or not coalesce(jsonb_path_exists(items, '$[*] ? (@.verdict == "failed")'), false)),
  constraint sampling_test__retest_elsewhere check (retest_laboratory is null or retest_laboratory <> laboratory),
  constraint sampling_test_subject_refers foreign key (subject) references owner (id)
);
create index sampling_test_by_id on sampling_test (id);
create index sampling_test_by_owner on sampling_test (owner_id, taken_at, id);
create index sampling_test_by_county on sampling_test (county, taken_at, id);
create index sampling_test_by_about on sampling_test (about_id, taken_at, id);
create index sampling_test_by_city on sampling_test (city, taken_at, id);
create index sampling_test_by_search on sampling_test using gin (search);
create or replace function sampling_test_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'sampling-test', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'number', new.number, 'subject', new.subject, 'food', new.food, 'lot', new.lot, 'maker', new.maker, 'takenAt', to_char(new.taken_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'place', new.place, 'amount', case when new.amount is null then null else jsonb_build_object('value', trim_scale(new.amount)::text, 'unit', new.amount_unit) end, 'samplers', new.samplers, 'photos', to_jsonb(new.photos), 'laboratory', new.laboratory, 'items', new.items, 'testedOn', to_char(new.tested_on, 'YYYY-MM-DD'), 'result', new.result, 'report', new.report, 'toldOn', to_char(new.told_on, 'YYYY-MM-DD'), 'retestReason', new.retest_reason, 'retestLaboratory', new.retest_laboratory, 'retestResult', new.retest_result, 'retestReport', new.retest_report, 'handling', new.handling, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger sampling_test_changed after insert or update on sampling_test for each row execute function sampling_test_changed();
grant select, insert, update on sampling_test to shisu_web;

-- 通知公告
create table announcement (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'draft',
  void_reason text,
  region text not null,
  title text not null,
  form text not null,
  audience text not null,
  area text,
  body text not null,
  holds date not null,
  holds_until date,
  attachments jsonb,
  reason text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint announcement_pkey primary key (owner_id, id),
  constraint announcement_version check (version > 0),
  constraint announcement_state check (state in ('draft', 'issued', 'withdrawn', 'void')),
  constraint announcement_void check ((state = 'void') = (void_reason is not null)),
  constraint announcement_title_1 check (char_length(title) between 1 and 100),
  constraint announcement_form_1 check (form in ('notice', 'announcement', 'document', 'warning')),
  constraint announcement_audience_1 check (audience in ('everyone', 'regulators', 'production', 'circulation', 'catering')),
  constraint announcement_area_1 check (area ~ '^[0-9A-Z]{1,40}$'),
  constraint announcement_body_1 check (char_length(body) between 1 and 5000),
  constraint announcement_holds_1 check (holds_until is null or holds_until >= holds),
  constraint announcement_attachments_1 check (jsonb_array_length(attachments) <= 5),
  constraint announcement_reason_1 check (char_length(reason) between 1 and 200)
);
create index announcement_by_id on announcement (id);
create index announcement_by_county on announcement (county, id);
create index announcement_by_city on announcement (city, id);
create index announcement_by_search on announcement using gin (search);
create or replace function announcement_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'announcement', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'title', new.title, 'form', new.form, 'audience', new.audience, 'area', new.area, 'body', new.body, 'holds', case when new.holds is null then null else jsonb_build_object('from', to_char(new.holds, 'YYYY-MM-DD'), 'until', to_char(new.holds_until, 'YYYY-MM-DD')) end, 'attachments', new.attachments, 'reason', new.reason, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger announcement_changed after insert or update on announcement for each row execute function announcement_changed();
grant select, insert, update on announcement to shisu_web;

-- 召回
create table recall_order (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'draft',
  void_reason text,
  region text not null,
  number text,
  subject uuid not null,
  level text not null,
  decided_at timestamptz not null,
  reason text not null,
  lots jsonb not null,
  measures text not null,
  report text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  about_id uuid generated always as (subject) stored,
  late boolean generated always as (created_at - decided_at > interval '24 hours') stored,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint recall_order_pkey primary key (owner_id, id),
  constraint recall_order_version check (version > 0),
  constraint recall_order_state check (state in ('draft', 'issued', 'completed', 'closed', 'void')),
  constraint recall_order_void check ((state = 'void') = (void_reason is not null)),
  constraint recall_order_level_1 check (level in ('first', 'second', 'third')),
  constraint recall_order_decided_at_1 check (decided_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint recall_order_reason_1 check (char_length(reason) between 1 and 500),
  constraint recall_order_lots_1 check (jsonb_typeof(lots) = 'array'),
  constraint recall_order_lots_2 check (jsonb_array_length(lots) <= 200),
  constraint recall_order_measures_1 check (char_length(measures) between 1 and 500),
  constraint recall_order_report_1 check (char_length(report) between 1 and 2000),
  constraint recall_order_subject_refers foreign key (subject) references owner (id)
);
create index recall_order_by_id on recall_order (id);
create index recall_order_by_owner on recall_order (owner_id, decided_at, id);
create index recall_order_by_county on recall_order (county, decided_at, id);
create index recall_order_by_about on recall_order (about_id, decided_at, id);
create index recall_order_by_city on recall_order (city, decided_at, id);
create index recall_order_by_search on recall_order using gin (search);
create or replace function recall_order_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'recall-order', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'number', new.number, 'subject', new.subject, 'level', new.level, 'decidedAt', to_char(new.decided_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'reason', new.reason, 'lots', new.lots, 'measures', new.measures, 'report', new.report, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger recall_order_changed after insert or update on recall_order for each row execute function recall_order_changed();
grant select, insert, update on recall_order to shisu_web;

-- 投诉举报
create table complaint (
  owner_id uuid not null,
  id uuid not null,
  version integer not null default 1,
  state text not null default 'received',
  void_reason text,
  region text not null,
  number text,
  form text not null,
  received_at timestamptz not null,
  channel text not null,
  complainant text,
  phone text,
  subject uuid,
  food text,
  code text,
  content text not null,
  photos text[],
  handler text,
  findings text,
  reply text,
  city text not null generated always as (left(region, 4) || '00') stored,
  county text not null generated always as (region) stored,
  merged_into uuid,
  late boolean generated always as (created_at - received_at > interval '24 hours') stored,
  search tsvector,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint complaint_pkey primary key (owner_id, id),
  constraint complaint_version check (version > 0),
  constraint complaint_state check (state in ('received', 'accepted', 'rejected', 'replied', 'void')),
  constraint complaint_void check ((state = 'void') = (void_reason is not null)),
  constraint complaint_form_1 check (form in ('complaint', 'report', 'suggestion')),
  constraint complaint_received_at_1 check (received_at between '1900-01-01Z' and '2200-01-01Z'),
  constraint complaint_channel_1 check (channel in ('scan', 'telephone', 'visit', 'letter', 'transfer')),
  constraint complaint_complainant_1 check (char_length(complainant) between 1 and 40),
  constraint complaint_phone_1 check (char_length(phone) between 1 and 20),
  constraint complaint_food_1 check (char_length(food) between 1 and 80),
  constraint complaint_code_1 check (char_length(code) between 1 and 200),
  constraint complaint_content_1 check (char_length(content) between 1 and 2000),
  constraint complaint_photos_1 check (cardinality(photos) <= 9),
  constraint complaint_handler_1 check (char_length(handler) between 1 and 40),
  constraint complaint_findings_1 check (char_length(findings) between 1 and 1000),
  constraint complaint_reply_1 check (char_length(reply) between 1 and 1000),
  constraint complaint_subject_refers foreign key (subject) references owner (id)
);
create index complaint_by_id on complaint (id);
create index complaint_by_owner on complaint (owner_id, received_at, id);
create index complaint_by_county on complaint (county, received_at, id);
create index complaint_by_city on complaint (city, received_at, id);
create index complaint_by_search on complaint using gin (search);
create or replace function complaint_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'complaint', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'number', new.number, 'form', new.form, 'receivedAt', to_char(new.received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'channel', new.channel, 'complainant', new.complainant, 'phone', new.phone, 'subject', new.subject, 'food', new.food, 'code', new.code, 'content', new.content, 'photos', to_jsonb(new.photos), 'handler', new.handler, 'findings', new.findings, 'reply', new.reply, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;
create trigger complaint_changed after insert or update on complaint for each row execute function complaint_changed();
grant select, insert, update on complaint to shisu_web;

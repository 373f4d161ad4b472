-- Drafted from the declarations by npm run migrate:draft; reviewed before it is committed.

create or replace function purchase_order_changed() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.number is not null and (new.number is distinct from old.number or new.state = 'void') then
    delete from claim where namespace = 'purchase-order.number' and key = old.owner_id::text || ' ' || old.number and owner_id = old.owner_id;
  end if;
  if new.number is not null and new.state <> 'void' and (tg_op = 'INSERT' or new.number is distinct from old.number) then
    insert into claim (namespace, key, owner_id, record_id) values ('purchase-order.number', new.owner_id::text || ' ' || new.number, new.owner_id, new.id);
  end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'purchase-order', new.id, new.version, 1,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'number', new.number, 'supplier', new.supplier, 'deliverOn', to_char(new.deliver_on, 'YYYY-MM-DD'), 'goods', new.goods, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

-- Of two orders of one owner with one number the earlier keeps it.
insert into claim (namespace, key, owner_id, record_id)
select 'purchase-order.number', owner_id::text || ' ' || number, owner_id, id from purchase_order
where state <> 'void' order by created_at, id on conflict do nothing;

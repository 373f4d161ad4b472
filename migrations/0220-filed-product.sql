-- What the shoppers' page may know of a product beside its lots: the filing that an authority reviewed last (while a newer
-- one waits, the older still stands), and who makes it under which licence. Public fields only; no phone, no person.
create function filed_product(p_gtin text) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp
as $$
begin
  return (
    select jsonb_strip_nulls(jsonb_build_object(
      'name', f.image -> 'name', 'brand', f.image -> 'brand', 'foodClass', f.image -> 'foodClass',
      'netContent', f.image -> 'netContent', 'specification', f.image -> 'specification',
      'shelfLifeDays', f.image -> 'shelfLifeDays', 'standard', f.image -> 'standard', 'process', f.image -> 'process',
      'origin', f.image -> 'origin', 'storage', f.image -> 'storage', 'ingredients', f.image -> 'ingredients',
      'nutrition', f.image -> 'nutrition', 'suits', f.image -> 'suits', 'method', f.image -> 'method',
      'reminder', f.image -> 'reminder',
      'maker', jsonb_build_object('name', o.title, 'address', s.address, 'licence', s.licence_number,
        'licenceUntil', to_char(s.licence_until, 'YYYY-MM-DD'))))
    from claim c
    cross join lateral (
      select h.image from change h
      where h.owner_id = c.owner_id and h.kind = 'product' and h.id = c.record_id and h.image ->> 'state' = 'filed'
      order by h.version desc limit 1) f
    join owner o on o.id = c.owner_id
    left join lateral (
      select x.address, x.licence_number, x.licence_until from subject x
      where x.owner_id = c.owner_id and x.state <> 'void' limit 1) s on true
    where c.namespace = 'product.gtin' and c.key = p_gtin);
end $$;
revoke execute on function filed_product from public;
grant execute on function filed_product to shisu_web, shisu_public;

-- What history wrote of persons before records were sealed (0060) is sealed afterwards: two people allow it, a job does it,
-- and the log proves that nothing else was changed.

-- The rows of `change` that were sealed afterwards, each with the row of `change` that vouches for it.
create table change_sealed (
  seq bigint primary key,
  person_ids uuid[] not null,
  proof bigint not null,
  approval_id uuid not null references approval (id),
  at timestamptz not null
);
create trigger change_sealed_stays before update or delete on change_sealed for each row execute function stays_as_written();
grant select on change_sealed to shisu_web;

-- Replaces images by sealed ones, under an approval, and writes down what each leaf of the log was made from and what stands
-- there now. A row holds for each image: seq, the fields that are taken out, what is put in, the persons whose keys seal it,
-- and the entry of its leaf. Whoever seals something else than it says is found out by verify-ledger: opened, the image must
-- be the one that the leaf commits to.
create function seal_history(approval uuid, rows jsonb, actor text, region text, owner uuid, moment timestamptz) returns integer
language plpgsql volatile strict security definer set search_path = public, pg_temp as $$
declare
  vouching bigint;
  proven jsonb;
begin
  if not exists (select from approval a where a.id = seal_history.approval and a.act = 'seal-history' and a.state = 'approved') then
    raise exception using errcode = 'SH403', message = '没有批准';
  end if;
  with given as (
    select * from jsonb_to_recordset(rows) as r (seq bigint, without text[], put jsonb, persons uuid[], entry text)
  ), sealed as (
    update change c set image = (c.image - g.without) || g.put
    from given g where c.stream = 0 and c.seq = g.seq and not exists (select from change_sealed s where s.seq = c.seq)
    returning c.seq, g.entry, c.image, g.persons
  )
  select jsonb_agg(jsonb_build_object('seq', seq::text, 'entry', entry, 'persons', persons,
    'sha256', encode(sha256(convert_to(image::text, 'UTF8')), 'hex')) order by seq) into proven from sealed;
  if proven is null then return 0; end if;
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (owner, 'history-seal', gen_random_uuid(), 1, 1, actor, seal_history.region,
    jsonb_build_object('approval', approval, 'rows', proven))
  returning seq into vouching;
  insert into change_sealed (seq, person_ids, proof, approval_id, at)
  select (p->>'seq')::bigint, array(select jsonb_array_elements_text(p->'persons'))::uuid[], vouching, approval, moment
  from jsonb_array_elements(proven) p;
  return jsonb_array_length(proven);
end $$;
revoke execute on function seal_history from public;
grant execute on function seal_history to shisu_web;

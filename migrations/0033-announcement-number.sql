-- Drafted from the declarations by npm run migrate:draft; reviewed before it is committed.

alter table announcement add column number text;
create or replace function announcement_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'announcement', new.id, new.version, 2,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'number', new.number, 'title', new.title, 'form', new.form, 'audience', new.audience, 'area', new.area, 'body', new.body, 'holds', case when new.holds is null then null else jsonb_build_object('from', to_char(new.holds, 'YYYY-MM-DD'), 'until', to_char(new.holds_until, 'YYYY-MM-DD')) end, 'attachments', new.attachments, 'reason', new.reason, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

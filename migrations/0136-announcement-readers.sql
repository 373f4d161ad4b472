-- An announcement reaches those whom it is for. Its columns drafted from the declarations and reviewed.

alter table announcement add column confirm_by date;
alter table announcement drop constraint announcement_audience_1;
alter table announcement add constraint announcement_audience_1 check (audience in ('everyone', 'regulators', 'enterprises', 'production', 'circulation', 'catering', 'storage', 'supply', 'merchants')) not valid;
alter table announcement validate constraint announcement_audience_1;
alter table announcement add constraint announcement_confirm_by_1 check (confirm_by between '1900-01-01' and '2199-12-31') not valid;
alter table announcement validate constraint announcement_confirm_by_1;
alter table announcement add constraint announcement__confirmed_while_it_holds check (confirm_by is null or confirm_by >= holds and (holds_until is null or confirm_by <= holds_until)) not valid;
alter table announcement validate constraint announcement__confirmed_while_it_holds;
create or replace function announcement_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'announcement', new.id, new.version, 3,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'region', new.region, 'number', new.number, 'title', new.title, 'form', new.form, 'audience', new.audience, 'area', new.area, 'confirmBy', to_char(new.confirm_by, 'YYYY-MM-DD'), 'body', new.body, 'holds', case when new.holds is null then null else jsonb_build_object('from', to_char(new.holds, 'YYYY-MM-DD'), 'until', to_char(new.holds_until, 'YYYY-MM-DD')) end, 'attachments', new.attachments, 'reason', new.reason, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

-- 公告管理 (D6.2.5.3): who of those whom an announcement is for has read it, and which of them said that they have it.
create table announcement_reader (
  owner_id uuid not null references owner (id),
  announcement_id uuid not null,
  account_id uuid not null references account (id),
  read_at timestamptz not null,
  confirmed_at timestamptz,
  primary key (owner_id, announcement_id, account_id)
);
create index announcement_reader_of on announcement_reader (announcement_id, owner_id);
grant select, insert on announcement_reader to shisu_web;
grant update (confirmed_at) on announcement_reader to shisu_web;

-- Files that another owner may open because they were sent to it.
create table file_sent (
  owner_id uuid not null references owner (id),
  sha256 text not null,
  reader_id uuid not null references owner (id),
  primary key (reader_id, sha256, owner_id)
);
grant select, insert on file_sent to shisu_web;

alter table message drop constraint message_topic_check;
alter table message add constraint message_topic_check
  check (topic in ('task', 'flow', 'mention', 'overdue', 'subscription', 'report', 'data', 'bulletin'));

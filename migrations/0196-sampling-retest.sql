-- Drafted from the declarations by npm run migrate:draft; reviewed before it is committed.

alter table sampling_test drop constraint sampling_test_state;
alter table sampling_test add constraint sampling_test_state check (state in ('sampled', 'tested', 'told', 'retesting', 'retested', 'handling', 'closed', 'void')) not valid;
alter table sampling_test validate constraint sampling_test_state;
alter table sampling_test add constraint sampling_test__failed_is_handled check (state <> 'closed' or coalesce(retest_result, result) is distinct from 'failed' or handling is not null) not valid;
create or replace function sampling_test_changed() returns trigger language plpgsql as $$
begin
  insert into change (owner_id, kind, id, version, schema_version, actor, region, image)
  values (new.owner_id, 'sampling-test', new.id, new.version, 2,
    current_setting('shisu.actor', true), new.region, jsonb_strip_nulls(jsonb_build_object('id', new.id, 'ownerId', new.owner_id, 'version', new.version, 'state', new.state, 'voidReason', new.void_reason, 'mergedInto', new.merged_into, 'late', nullif(new.late, false), 'region', new.region, 'number', new.number, 'subject', new.subject, 'food', new.food, 'lot', new.lot, 'maker', new.maker, 'takenAt', to_char(new.taken_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'place', new.place, 'amount', case when new.amount is null then null else jsonb_build_object('value', trim_scale(new.amount)::text, 'unit', new.amount_unit) end, 'samplers', new.samplers, 'photos', to_jsonb(new.photos), 'laboratory', new.laboratory, 'items', new.items, 'testedOn', to_char(new.tested_on, 'YYYY-MM-DD'), 'result', new.result, 'report', new.report, 'toldOn', to_char(new.told_on, 'YYYY-MM-DD'), 'retestReason', new.retest_reason, 'retestLaboratory', new.retest_laboratory, 'retestResult', new.retest_result, 'retestReport', new.retest_report, 'handling', new.handling, 'createdAt', to_char(new.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'updatedAt', to_char(new.updated_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))));
  return null;
end $$;

-- What was closed before this rule says so: the rule holds for every row.
select set_config('shisu.actor', 'migration', true);
update sampling_test set handling = '办结时没有登记核查处置', version = version + 1, updated_at = now()
where state = 'closed' and coalesce(retest_result, result) = 'failed' and handling is null;
alter table sampling_test validate constraint sampling_test__failed_is_handled;

-- Who destroys is not who allows or watches, and who upgrades is not who approves. What an earlier release took stays as
-- it was written: there the rule holds for what is written from now on, and is marked as not valid for what was before.

alter table data_destruction add constraint data_destruction__watched check (witness <> operator) not valid;
alter table data_destruction add constraint data_destruction__allowed check (approver <> operator) not valid;
alter table system_upgrade add constraint system_upgrade__approved check (approver <> operator) not valid;

do $$
begin
  alter table data_destruction validate constraint data_destruction__watched;
exception when check_violation then null;
end $$;
do $$
begin
  alter table data_destruction validate constraint data_destruction__allowed;
exception when check_violation then null;
end $$;
do $$
begin
  alter table system_upgrade validate constraint system_upgrade__approved;
exception when check_violation then null;
end $$;

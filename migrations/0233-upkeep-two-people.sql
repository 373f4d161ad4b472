-- Drafted from the declarations by npm run migrate:draft; reviewed before it is committed.

alter table data_destruction add constraint data_destruction__watched check (witness <> operator) not valid;
alter table data_destruction validate constraint data_destruction__watched;
alter table data_destruction add constraint data_destruction__allowed check (approver <> operator) not valid;
alter table data_destruction validate constraint data_destruction__allowed;

alter table system_upgrade add constraint system_upgrade__approved check (approver <> operator) not valid;
alter table system_upgrade validate constraint system_upgrade__approved;

-- Up to which rows of its file an import is written: what is good and stands within is written. Said of each row, it cost
-- as much as a tenth of writing the records.
alter table import add column written int4multirange not null default '{}';

-- Temperature and symptom of a morning check say nothing of whom: they lie in their columns again, masked but not sealed,
-- so that rules and figures can be made of them. The job seal-persons gives back what was sealed; a release that still
-- seals them writes nulls, so the columns stay nullable.

alter table morning_check add constraint morning_check__symptom_unfit check (symptom = 'none' or result = 'unfit') not valid;
alter table morning_check validate constraint morning_check__symptom_unfit;

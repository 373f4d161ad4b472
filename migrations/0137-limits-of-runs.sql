-- How long the standard allows the platform's own runs (A 8.3.2 h): beyond it they are cut off and say so.
insert into rule (name, valid_from, value, unit, article, mark, note) values
  ('review.ten-thousand-seconds', '1900-01-01', 60, 'SEC', 'T/LZLSF 0016-2022 8.3.2 h) 2)', 'S', '一万条记录、一百条审核规则的用时上限'),
  ('sum.ten-thousand-seconds', '1900-01-01', 60, 'SEC', 'T/LZLSF 0016-2022 8.3.2 h) 3)', 'S', '一万条记录、一百条分类的汇总用时上限');

-- What a run was allowed; one that needed more was cut off and made again rule by rule.
alter table review_run add column limit_ms integer;
alter table indicator_state add column limit_ms integer;

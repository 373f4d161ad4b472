-- Figures of the law, each with its article and the days on which it holds. Code never holds one.
create table rule (
  name text not null,
  valid_from date not null,
  valid_until date,
  value numeric(18,6) not null,
  unit text not null,
  article text not null,
  -- S found in a source, M from memory (to be verified), P the platform's own proposal.
  mark text not null check (mark in ('S', 'M', 'P')),
  note text,
  primary key (name, valid_from),
  check (valid_until is null or valid_until >= valid_from)
);
grant select on rule to shisu_web, shisu_public;

-- The figure on a day; a name or day without one is a defect and fails the write that asked.
create function rule_value(rule_name text, on_day date) returns numeric
language plpgsql stable as $$
declare
  found numeric;
begin
  select value into found from rule
  where name = rule_name and on_day >= valid_from and (valid_until is null or on_day <= valid_until)
  order by valid_from desc limit 1;
  if found is null then
    raise exception 'no figure for rule % on %', rule_name, on_day;
  end if;
  return found;
end $$;

insert into rule (name, valid_from, value, unit, article, mark, note) values
  ('retained-sample.amount-gram', '1900-01-01', 125, 'GRM', 'GB 31654', 'S', '每个品种留样量'),
  ('retained-sample.keep-hours', '1900-01-01', 48, 'HUR', 'GB 31654', 'S', '冷藏保存时间'),
  ('core-temperature.min', '1900-01-01', 70, 'CEL', 'GB 31654', 'S', '烧熟煮透的中心温度'),
  ('morning-check.temperature-below', '1900-01-01', 37.3, 'CEL', '—', 'M', '晨检体温应低于此值'),
  ('sampling.retest-request-days', '1900-01-01', 7, 'WD', '市场监管总局令第 15 号', 'S', '收到不合格报告后申请复检的工作日'),
  ('sampling.report-days', '1900-01-01', 20, 'WD', '市场监管总局令第 15 号', 'S', '出具检验报告的工作日'),
  ('inspection.inspectors-min', '1900-01-01', 2, 'EA', '市场监管总局令第 49 号', 'S', '现场检查人数'),
  ('inspection.publish-days', '1900-01-01', 20, 'WD', '市场监管总局令第 49 号', 'S', '检查结果公开的工作日');

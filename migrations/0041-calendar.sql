-- The other figures of the law that the reference lists, who may add a new version, and the days on which nobody works.

-- A version once written stays; only its end may be set, once, when a newer one begins.
create function rule_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.valid_until is not null
    or (old.name, old.valid_from, old.value, old.unit, old.article, old.mark, old.note)
      is distinct from (new.name, new.valid_from, new.value, new.unit, new.article, new.mark, new.note) then
    raise exception using errcode = 'SH409', message = '法规数值只能增加新的版本，不能修改已有的';
  end if;
  return new;
end $$;
create trigger rule_stays before update or delete on rule for each row execute function rule_stays();
grant insert on rule to shisu_web;
grant update (valid_until) on rule to shisu_web;

insert into rule (name, valid_from, valid_until, value, unit, article, mark, note) values
  ('inspection.cover-years', '1900-01-01', null, 2, 'ANN', '市场监管总局令第 49 号', 'S', '每家至少覆盖全部检查要点一次的年数'),
  ('inspection.repeat-months', '1900-01-01', null, 3, 'MON', '市场监管总局令第 49 号', 'S', '上级查过的要点，下级在几个月内不重复检查'),
  ('risk.static-points', '1900-01-01', null, 40, 'EA', '食品生产经营风险分级管理办法', 'S', '静态风险满分'),
  ('risk.dynamic-points', '1900-01-01', null, 60, 'EA', '食品生产经营风险分级管理办法', 'S', '动态风险满分'),
  ('risk.band-a-max', '1900-01-01', null, 30, 'EA', '食品生产经营风险分级管理办法', 'M', 'A 级最高分，各省可另定'),
  ('risk.band-b-max', '1900-01-01', null, 45, 'EA', '食品生产经营风险分级管理办法', 'M', 'B 级最高分，各省可另定'),
  ('risk.band-c-max', '1900-01-01', null, 60, 'EA', '食品生产经营风险分级管理办法', 'M', 'C 级最高分，各省可另定'),
  ('risk.visits-a-min', '1900-01-01', null, 1, 'EA', '食品生产经营风险分级管理办法', 'S', 'A 级每年最少检查次数'),
  ('risk.visits-b-min', '1900-01-01', null, 1, 'EA', '食品生产经营风险分级管理办法', 'S', 'B 级每年最少检查次数'),
  ('risk.visits-b-max', '1900-01-01', null, 2, 'EA', '食品生产经营风险分级管理办法', 'S', 'B 级每年最多检查次数'),
  ('risk.visits-c-min', '1900-01-01', null, 2, 'EA', '食品生产经营风险分级管理办法', 'S', 'C 级每年最少检查次数'),
  ('risk.visits-c-max', '1900-01-01', null, 3, 'EA', '食品生产经营风险分级管理办法', 'S', 'C 级每年最多检查次数'),
  ('risk.visits-d-min', '1900-01-01', null, 3, 'EA', '食品生产经营风险分级管理办法', 'S', 'D 级每年最少检查次数'),
  ('risk.visits-d-max', '1900-01-01', null, 4, 'EA', '食品生产经营风险分级管理办法', 'S', 'D 级每年最多检查次数'),
  ('risk.raise-min', '1900-01-01', null, 1, 'EA', '食品生产经营风险分级管理办法', 'S', '处罚或抽检不合格后至少上调级数'),
  ('risk.raise-max', '1900-01-01', null, 2, 'EA', '食品生产经营风险分级管理办法', 'S', '处罚或抽检不合格后至多上调级数'),
  ('risk.clean-years', '1900-01-01', null, 3, 'ANN', '食品生产经营风险分级管理办法', 'S', '连续无问题几年并获 HACCP 等认证可下调'),
  ('sampling.keep-years', '1900-01-01', null, 2, 'ANN', '市场监管总局令第 15 号', 'S', '抽样检验记录保存年限'),
  ('sampling.deliver-days', '1900-01-01', null, 5, 'WD', '市场监管总局令第 15 号', 'S', '样品送到检验机构的工作日'),
  ('sampling.backup-months-passed', '1900-01-01', null, 3, 'MON', '市场监管总局令第 15 号', 'S', '合格样品的备份样品保存月数，或到保质期满'),
  ('sampling.backup-months-failed', '1900-01-01', null, 6, 'MON', '市场监管总局令第 15 号', 'S', '不合格样品的备份样品保存月数，或到保质期满'),
  ('sampling.retest-accept-days', '1900-01-01', null, 5, 'WD', '市场监管总局令第 15 号', 'S', '答复复检申请的工作日'),
  ('sampling.retest-body-days', '1900-01-01', null, 5, 'WD', '市场监管总局令第 15 号', 'S', '确定复检机构的工作日'),
  ('sampling.retest-body-more-days', '1900-01-01', null, 5, 'WD', '市场监管总局令第 15 号', 'S', '确定复检机构可延长的工作日'),
  ('sampling.quick-objection-hours', '1900-01-01', null, 4, 'HUR', '市场监管总局令第 15 号', 'S', '对食用农产品快检结果提出异议的小时'),
  ('sampling.tell-failure-days', '1900-01-01', null, 2, 'WD', '市场监管总局令第 15 号', 'M', '报告不合格结果的工作日'),
  ('sampling.backup-handover-days', '1900-01-01', null, 3, 'WD', '市场监管总局令第 15 号', 'M', '移交备份样品的工作日'),
  ('sampling.retest-report-days', '1900-01-01', null, 10, 'WD', '市场监管总局令第 15 号', 'M', '出具复检报告的工作日'),
  ('sampling.handling-days', '1900-01-01', null, 90, 'DAY', '市场监管总局令第 15 号', 'M', '核查处置完成的天数'),
  ('complaint.accept-days', '1900-01-01', '2026-04-14', 7, 'WD', '市场监管总局令第 20 号', 'S', '决定是否受理投诉的工作日'),
  ('complaint.accept-days', '2026-04-15', null, 7, 'WD', '市场监管总局令第 121 号', 'M', '待核对：决定是否受理投诉的工作日，沿用旧办法'),
  ('complaint.mediate-days', '1900-01-01', '2026-04-14', 45, 'WD', '市场监管总局令第 20 号', 'S', '终止调解的工作日'),
  ('complaint.mediate-days', '2026-04-15', null, 45, 'WD', '市场监管总局令第 121 号', 'M', '待核对：终止调解的工作日，沿用旧办法'),
  ('report.verify-days', '1900-01-01', '2026-04-14', 15, 'WD', '市场监管总局令第 20 号', 'S', '核查举报线索的工作日'),
  ('report.verify-days', '2026-04-15', null, 15, 'WD', '市场监管总局令第 121 号', 'M', '待核对：核查举报线索的工作日，沿用旧办法'),
  ('report.verify-more-days', '1900-01-01', '2026-04-14', 15, 'WD', '市场监管总局令第 20 号', 'S', '核查举报线索可延长的工作日'),
  ('report.verify-more-days', '2026-04-15', null, 15, 'WD', '市场监管总局令第 121 号', 'M', '待核对：核查举报线索可延长的工作日，沿用旧办法'),
  ('report.tell-days', '1900-01-01', '2026-04-14', 5, 'WD', '市场监管总局令第 20 号', 'S', '告知实名举报人的工作日'),
  ('report.tell-days', '2026-04-15', null, 5, 'WD', '市场监管总局令第 121 号', 'M', '待核对：告知实名举报人的工作日，沿用旧办法'),
  ('accident.first-report-hours', '1900-01-01', null, 2, 'HUR', '食品安全事故应急预案', 'M', '事故首次报告的小时'),
  ('accident.level2-cities', '1900-01-01', null, 2, 'EA', '省级食品安全事故应急预案（一省）', 'S', '重大事故涉及的设区市'),
  ('accident.level2-hurt', '1900-01-01', null, 100, 'EA', '省级食品安全事故应急预案（一省）', 'S', '重大事故伤害人数（并有死亡）'),
  ('accident.level2-deaths', '1900-01-01', null, 10, 'EA', '省级食品安全事故应急预案（一省）', 'S', '重大事故死亡人数'),
  ('accident.level2-school-hurt', '1900-01-01', null, 50, 'EA', '省级食品安全事故应急预案（一省）', 'S', '学校或重大活动中重大事故伤害人数'),
  ('accident.level3-counties', '1900-01-01', null, 2, 'EA', '省级食品安全事故应急预案（一省）', 'S', '较大事故涉及的县区'),
  ('accident.level3-hurt', '1900-01-01', null, 100, 'EA', '省级食品安全事故应急预案（一省）', 'S', '较大事故伤害人数'),
  ('accident.level3-deaths', '1900-01-01', null, 1, 'EA', '省级食品安全事故应急预案（一省）', 'S', '较大事故死亡人数'),
  ('accident.level4-townships', '1900-01-01', null, 2, 'EA', '省级食品安全事故应急预案（一省）', 'S', '一般事故涉及的乡镇'),
  ('accident.level4-hurt', '1900-01-01', null, 30, 'EA', '省级食品安全事故应急预案（一省）', 'S', '一般事故伤害人数'),
  ('duty.director-kindergarten', '1900-01-01', null, 300, 'EA', '市场监管总局令第 60 号、第 97 号', 'S', '须配食品安全总监的幼儿园每餐就餐人数'),
  ('duty.director-school', '1900-01-01', null, 500, 'EA', '市场监管总局令第 60 号、第 97 号', 'S', '须配食品安全总监的学校每餐就餐人数'),
  ('duty.director-elderly', '1900-01-01', null, 300, 'EA', '市场监管总局令第 60 号、第 97 号', 'S', '须配食品安全总监的养老机构每餐就餐人数'),
  ('duty.director-canteen', '1900-01-01', null, 1000, 'EA', '市场监管总局令第 60 号、第 97 号', 'S', '须配食品安全总监的其他食堂每餐就餐人数'),
  ('duty.director-meals', '1900-01-01', null, 1000, 'EA', '市场监管总局令第 60 号、第 97 号', 'S', '须配食品安全总监的供餐单位每餐供餐人数'),
  ('duty.training-hours', '1900-01-01', null, 40, 'HUR', '市场监管总局令第 60 号、第 97 号', 'S', '食品安全管理人员每年培训学时'),
  ('licence.production-renew-days', '1900-01-01', null, 30, 'WD', '食品生产许可管理办法', 'S', '生产许可届满前申请延续的工作日'),
  ('licence.operation-renew-from-days', '1900-01-01', null, 90, 'WD', '食品经营许可和备案管理办法', 'S', '经营许可届满前最早申请延续的工作日'),
  ('licence.operation-renew-until-days', '1900-01-01', null, 15, 'WD', '食品经营许可和备案管理办法', 'S', '经营许可届满前最晚申请延续的工作日'),
  ('ledger.keep-months-after-shelf-life', '1900-01-01', null, 6, 'MON', '食品安全法第五十条、第五十三条', 'S', '进货和出厂记录在保质期满后保存的月数'),
  ('ledger.keep-years', '1900-01-01', null, 2, 'ANN', '食品安全法第五十条、第五十三条', 'S', '没有明确保质期的记录保存年限'),
  ('ledger.keep-months-farm-sale', '1900-01-01', null, 6, 'MON', '食品安全法第六十五条', 'S', '食用农产品销售记录保存的月数'),
  ('ledger.keep-years-transport', '1900-01-01', null, 2, 'ANN', '食品安全法', 'S', '运输和贮存记录保存年限'),
  ('trace.fsma-answer-hours', '2028-07-20', null, 24, 'HUR', 'FSMA 204（21 CFR 1 子部 S）', 'S', '向美国监管机构提交追溯表的小时'),
  ('audit.keep-days', '1900-01-01', null, 180, 'DAY', 'GB/T 22239—2019', 'M', '审计记录最少保存的天数'),
  ('expiry.remind-days-first', '1900-01-01', null, 60, 'DAY', '平台规定', 'P', '到期前第一次提醒的天数'),
  ('expiry.remind-days-second', '1900-01-01', null, 30, 'DAY', '平台规定', 'P', '到期前第二次提醒的天数'),
  ('expiry.remind-days-third', '1900-01-01', null, 7, 'DAY', '平台规定', 'P', '到期前第三次提醒的天数'),
  ('product.review-days', '1900-01-01', null, 5, 'WD', '平台规定', 'P', '审核产品备案的工作日');

-- 节假日和调休, year by year: a year that is not here is unknown, not free of holidays.
create table calendar_year (
  year integer primary key check (year between 2000 and 2199),
  source text not null check (char_length(source) between 2 and 200),
  mark text not null check (mark in ('S', 'M')),
  entered_at timestamptz not null default now(),
  entered_by text not null
);
create table calendar_day (
  day date primary key,
  year integer not null references calendar_year (year) check (year = extract(year from day)),
  -- True: nobody works although it may be a weekday; false: a weekend day that is worked.
  rest boolean not null,
  title text not null check (char_length(title) between 1 and 40)
);
grant select, insert on calendar_year, calendar_day to shisu_web;
create trigger calendar_year_stays before update or delete on calendar_year for each row execute function stays_as_written();
create trigger calendar_day_stays before update or delete on calendar_day for each row execute function stays_as_written();

insert into calendar_year (year, source, mark, entered_by) values
  (2025, '国办发明电〔2024〕12 号', 'S', '随平台'),
  (2026, '国务院办公厅关于 2026 年部分节假日安排的通知（2025-11-04）', 'S', '随平台');
insert into calendar_day (day, year, rest, title)
select d::date, extract(year from d), rest, title
from (values
  ('2025-01-01', '2025-01-01', true, '元旦'),
  ('2025-01-28', '2025-02-04', true, '春节'), ('2025-01-26', '2025-01-26', false, '春节调休'),
  ('2025-02-08', '2025-02-08', false, '春节调休'),
  ('2025-04-04', '2025-04-06', true, '清明节'),
  ('2025-05-01', '2025-05-05', true, '劳动节'), ('2025-04-27', '2025-04-27', false, '劳动节调休'),
  ('2025-05-31', '2025-06-02', true, '端午节'),
  ('2025-10-01', '2025-10-08', true, '国庆节、中秋节'), ('2025-09-28', '2025-09-28', false, '国庆节调休'),
  ('2025-10-11', '2025-10-11', false, '国庆节调休'),
  ('2026-01-01', '2026-01-03', true, '元旦'), ('2026-01-04', '2026-01-04', false, '元旦调休'),
  ('2026-02-15', '2026-02-23', true, '春节'), ('2026-02-14', '2026-02-14', false, '春节调休'),
  ('2026-02-28', '2026-02-28', false, '春节调休'),
  ('2026-04-04', '2026-04-06', true, '清明节'),
  ('2026-05-01', '2026-05-05', true, '劳动节'), ('2026-05-09', '2026-05-09', false, '劳动节调休'),
  ('2026-06-19', '2026-06-21', true, '端午节'),
  ('2026-09-25', '2026-09-27', true, '中秋节'),
  ('2026-10-01', '2026-10-07', true, '国庆节'), ('2026-09-20', '2026-09-20', false, '国庆节调休'),
  ('2026-10-10', '2026-10-10', false, '国庆节调休')
) as given (first, last, rest, title), generate_series(first::date, last::date, interval '1 day') d;

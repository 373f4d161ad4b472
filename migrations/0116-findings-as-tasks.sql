-- A finding is put before whom its rule names as 待办 (C6.4.2); refused data do not lie for ever (A7.2.a).
alter table task drop constraint task_why_check;
alter table task add constraint task_why_check check (why in ('hand', 'clock', 'flow', 'mention', 'finding'));

alter table quarantine drop constraint quarantine_state_check;
alter table quarantine add constraint quarantine_state_check check (state in ('open', 'replayed', 'dropped', 'cleared'));
-- When its sender was told that it will be cleared, and when its content went.
alter table quarantine add column told_at timestamptz;
alter table quarantine add column cleared_at timestamptz;
create index quarantine_kept on quarantine (received_at) where cleared_at is null;
grant update (body, told_at, cleared_at) on quarantine to shisu_web;

insert into rule (name, valid_from, value, unit, article, mark, note) values
  ('quarantine.keep-days', '1900-01-01', 180, 'DAY', '—', 'P', '隔离数据保留的天数，到期清除内容'),
  ('quarantine.tell-days', '1900-01-01', 14, 'DAY', '—', 'P', '隔离数据清除前提前告知的天数');

-- What was announced of routes on their way out, and what was taken back: who, when and why stays as it was written.
alter table api_deprecation add column taken_back_at timestamptz;

create table api_announcement (
  id uuid primary key,
  method text not null,
  route text not null,
  act text not null check (act in ('announce', 'take-back')),
  since timestamptz not null,
  sunset timestamptz not null,
  successor text not null,
  reason text not null check (reason <> ''),
  actor jsonb not null,
  at timestamptz not null
);
create index api_announcement_route on api_announcement (method, route, at desc);
create trigger api_announcement_stays before update or delete on api_announcement
  for each row execute function stays_as_written();
grant select, insert on api_announcement to shisu_web;

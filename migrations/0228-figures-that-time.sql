-- Of which kinds a record may be timed by hand under a figure. A kind's own clocks need no entry: they name their figure.
-- Days that something is kept, or hours that somebody is trained, time nothing and stand here for no kind.
create table figure_times (
  name text not null,
  kind text not null,
  primary key (kind, name)
);
grant select on figure_times to shisu_web;

insert into figure_times (name, kind)
select distinct rule.name, timed.kind
from (values
  ('sampling.%', 'sampling-test'),
  ('inspection.publish-days', 'inspection'),
  ('complaint.%', 'complaint'),
  ('report.%', 'complaint'),
  ('recall.start-%', 'recall-order'),
  ('recall.finish-%', 'recall-order'),
  ('recall.acknowledge-%', 'recall-task'),
  ('product.review-days', 'product'),
  ('retained-sample.keep-hours', 'retained-sample'),
  ('accident.first-report-hours', 'complaint'),
  ('accident.first-report-hours', 'inspection'),
  ('accident.first-report-hours', 'sampling-test')) as timed (pattern, kind)
join rule on rule.name like timed.pattern and rule.unit in ('HUR', 'DAY', 'WD');

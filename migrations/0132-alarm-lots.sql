-- Which lots were where a device's alarm stood: found from a lot's side, and read within the reach of the device's owner.
create table alarm_lot (
  lot text collate "C" not null,
  alarm_id uuid not null,
  owner_id uuid not null references owner (id),
  since timestamptz,
  until timestamptz,
  primary key (lot, alarm_id)
);
grant select, insert, update on alarm_lot to shisu_web;

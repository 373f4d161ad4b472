-- The lots of single things that no event says, but the order of their code (docs/decisions/0269). Written only where a hold
-- reaches the lot: when it is placed, and when a document names such a thing. What it says stays true after the hold.
create table serial_lot (
  key bigint not null references trace_key (id),
  lot bigint not null references trace_key (id),
  primary key (key, lot)
);
create index serial_lot_lot on serial_lot (lot, key);
grant select, insert on serial_lot to shisu_web;

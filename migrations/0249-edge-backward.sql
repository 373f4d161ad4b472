-- What leads to a thing is nearly always asked by kind. With src before kind PostgreSQL 18 expects the same of this index, skipping
-- through src, as of edge_forward, skipping through every src of the city, and takes whichever is a page smaller
-- (docs/decisions/0276): ten thousand searches instead of one.
create index edge_backward_by_kind on edge (dst, kind, src, at, event) with (deduplicate_items = off);
drop index edge_backward;
alter index edge_backward_by_kind rename to edge_backward;

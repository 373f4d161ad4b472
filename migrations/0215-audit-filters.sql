-- The desk's filters together: two that are each everywhere and never meet made the search go through all that one of them has.
-- What was refused or failed is a small part of the store, so every filter beside it may have an index of its own.

drop index audit_unsuccessful;
create index audit_undone on audit (result, at, id) where result <> 'done';
create index audit_undone_act on audit (result, act, at, id) where result <> 'done';
create index audit_undone_actor on audit (result, actor_id, at, id) where result <> 'done';
create index audit_undone_kind on audit (result, object_kind, at, id) where result <> 'done';
create index audit_undone_address on audit (result, address, at, id) where result <> 'done';

create index audit_kind_act on audit (object_kind, act, at, id);
create index audit_actor_act on audit (actor_id, act, at, id);
create index audit_app on audit (app, at, id) where app <> 'shisu';

-- A file that leaked is looked up by its number.
create index audit_export on audit ((detail->>'file')) where act = 'export';

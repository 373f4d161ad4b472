-- A hold is placed between documents, never during one (docs/decisions/0269): a document that was read before a hold and would be
-- stored after it is looked at again.
create table hold_turn (n bigint not null);
insert into hold_turn (n) values (0);
grant select, update on hold_turn to shisu_web;

-- Keeps holds from being placed until this transaction ends; whether none was placed since `seen` was read. Volatile: what it reads
-- is read after the lock was had. The lock is the one that holds are placed under.
create function hold_gate(seen bigint) returns boolean language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('trace_hold', 0));
  return (select n = seen from hold_turn);
end $$;
revoke execute on function hold_gate from public;
grant execute on function hold_gate to shisu_web;

-- As in 0002, but takings of what was never packed do not count against what is packed later: a box never holds less than
-- nothing, so that what is left in it is not lost from sight.
create or replace function containment_used_up(child bigint, parent bigint, upto timestamptz) returns boolean
language sql stable
as $$
  with moved as (
    select e.event_time as at, e.action = 'DELETE' as is_out, k.event,
      sum(case e.action when 'DELETE' then -k.quantity else k.quantity end)
        over (order by e.event_time, e.action = 'DELETE', k.event rows unbounded preceding) as left_over
    from event_key k
    join event e on e.id = k.event
    where k.key = containment_used_up.child and k.role = 'child' and e.event_time <= upto
      and e.action in ('ADD', 'DELETE') and k.quantity is not null
      and exists (select from event_key p where p.event = k.event and p.key = containment_used_up.parent and p.role = 'parent')
      and e.event_time > coalesce((select max(x.at) from edge_end x
        where x.parent = containment_used_up.parent and x.child in (containment_used_up.child, 0) and not x.partial
          and x.at < upto and not exists (select from event_voided v where v.event = x.event)), '-infinity')
      and not e.declared and not exists (select from event_voided v where v.event = e.id)
  )
  select coalesce((array_agg(left_over order by at desc, is_out desc, event desc)) [1] <= least(0, min(left_over))
    and bool_or(not is_out), false)
  from moved
$$;

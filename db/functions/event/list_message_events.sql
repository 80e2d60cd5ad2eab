-- The events of one message, whichever of the two arrived first, and whether they count or not.
--
-- Matched when read, not when written: an event may come before its message and under another
-- name of the same person. One index probe for a message without events; for one with events a second
-- that says once for all of them whether another conversation has a message with this id.
-- The business by a subquery: so the plan is that of any business. One that is younger than the statistics
-- seems to have one row, to which any index that begins with the business would do.
create or replace function onethread.list_message_events(p_message public.whatsapp_message)
returns setof public.whatsapp_message_event
language sql
stable
rows 3
as $$
select e.*
from public.whatsapp_message_event e
where e.business_id = (select p_message.business_id)
  and e.provider_message_id = p_message.provider_message_id
  and length(e.provider_message_id) <= 255
  and (
    onethread.message_direction(e.target_direction) = onethread.message_direction(p_message.direction)
  ) is not false
  and (
    not exists (select from onethread.list_namesakes(p_message, null))
    or onethread.is_event_of_message(e, p_message)
  )
$$;

comment on function onethread.list_message_events(public.whatsapp_message) is
  'What happened to this message, or was to happen (list_heard_events), in no particular order.';

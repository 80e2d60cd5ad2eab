-- The events of one message, whichever of the two arrived first.
--
-- Matched when read, not when written: an event may come before its message and under another
-- name of the same person. One index probe for a message without events; for one with events a second
-- that says once for all of them whether another conversation has a message with this id.
create or replace function onethread.list_message_events(p_message public.whatsapp_message)
returns setof public.whatsapp_message_event
language sql
stable
rows 3
as $$
select e.*
from public.whatsapp_message_event e
where e.business_id = p_message.business_id
  and e.provider_message_id = p_message.provider_message_id
  and length(e.provider_message_id) <= 255
  and (
    onethread.message_direction(e.target_direction) = onethread.message_direction(p_message.direction)
  ) is not false
  and (
    not exists (
      select
      from public.whatsapp_message o
      where o.business_id = p_message.business_id
        and o.provider_message_id = p_message.provider_message_id
        and length(o.provider_message_id) <= 255
        and o.duplicate_of is null
        and o.id <> p_message.id
        and (
          o.conversation_id is null
          or o.conversation_id is distinct from p_message.conversation_id)
    )
    or onethread.is_event_of_message(e, p_message)
  )
$$;

comment on function onethread.list_message_events(public.whatsapp_message) is
  'What happened to this message, in no particular order.';

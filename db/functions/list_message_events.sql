-- The events of one message, whichever of the two arrived first.
--
-- Matched when read, not when written: an event may come before its message and under another
-- name of the same person. One index probe for a message without events.
create or replace function public.list_message_events(p_message public.whatsapp_message)
returns setof public.whatsapp_message_event
language plpgsql
stable
rows 3
as $$
begin
  if p_message.provider_message_id is null then
    return;
  end if;
  return query
  select e.*
  from public.whatsapp_message_event e
  where e.business_id = p_message.business_id
    and e.provider_message_id = p_message.provider_message_id
    and length(e.provider_message_id) <= 255
    and public.is_event_of_message(e, p_message);
end;
$$;

comment on function public.list_message_events(public.whatsapp_message) is
  'What happened to this message, in no particular order.';

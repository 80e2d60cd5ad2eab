-- How the author of an event is shown: as the envelope spells it.
create or replace function onethread.event_actor(p_event public.whatsapp_message_event)
returns text
language sql
immutable
parallel safe
return case when (p_event).is_from_business then 'business'
  else coalesce((p_event).actor, (p_event).address) end;

comment on function onethread.event_actor(public.whatsapp_message_event) is
  'business, else the actor or the address of an edit, a delete or a reaction.';

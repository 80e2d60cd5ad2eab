-- Messages of another thread that have the same id.
--
-- Message ids are made by their sender and are not unique: the same one may stand in two chats.
-- SQL, so that it is put in place of the call: nearly every message that a page shows is asked about.
-- The business by a subquery, as in list_message_events().
create or replace function onethread.list_namesakes(
  p_message public.whatsapp_message,
  p_direction text
)
returns table (id bigint)
language sql
stable
rows 1
as $$
select o.id::bigint
from public.whatsapp_message o
where o.business_id = (select p_message.business_id)
  and o.provider_message_id = p_message.provider_message_id
  and length(o.provider_message_id) <= 255
  and o.duplicate_of is null
  and o.id <> p_message.id
  and (o.conversation_id is null or o.conversation_id is distinct from p_message.conversation_id)
  and (p_direction is null or onethread.message_direction(o.direction) = p_direction)
$$;

comment on function onethread.list_namesakes(public.whatsapp_message, text) is
  'Messages of another conversation, or of none, with the provider''s id of this one; direction: inbound '
  'or outbound ones only, null: any.';

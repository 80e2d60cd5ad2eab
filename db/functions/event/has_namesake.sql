-- Has another thread a message with this id?
--
-- Message ids are made by their sender and are not unique: the same one may stand in two chats.
create or replace function onethread.has_namesake(
  p_message public.whatsapp_message,
  p_direction text
)
returns boolean
language plpgsql
stable
as $$
begin
  return exists (
    select
    from public.whatsapp_message o
    where o.business_id = p_message.business_id
      and o.provider_message_id = p_message.provider_message_id
      and length(o.provider_message_id) <= 255
      and o.duplicate_of is null
      and o.id <> p_message.id
      and (o.conversation_id is null or o.conversation_id is distinct from p_message.conversation_id)
      and (p_direction is null or onethread.message_direction(o.direction) = p_direction)
  );
end;
$$;

comment on function onethread.has_namesake(public.whatsapp_message, text) is
  'True when a message of another conversation, or of none, has the provider''s id of this one; '
  'direction: inbound or outbound ones only, null: any.';

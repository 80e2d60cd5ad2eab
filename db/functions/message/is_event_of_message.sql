-- Is an event with this message's id about this message, or about a namesake in another thread?
--
-- Message ids are made by their sender and are not unique. As long as no other conversation of
-- the business has the id, it is enough: the address may be one that nobody knows yet, or lead to
-- a thread that is still to be joined. Else the address decides.
create or replace function onethread.is_event_of_message(
  p_event public.whatsapp_message_event,
  p_message public.whatsapp_message
)
returns boolean
language plpgsql
stable
as $$
declare
  v_direction text := onethread.message_direction(p_event.target_direction);
  v_conversation_id bigint;
begin
  if v_direction <> onethread.message_direction(p_message.direction) then
    return false;
  end if;
  if not exists (
    select
    from public.whatsapp_message o
    where o.business_id = p_message.business_id
      and o.provider_message_id = p_message.provider_message_id
      and length(o.provider_message_id) <= 255
      and o.duplicate_of is null
      and o.id <> p_message.id
      and (o.conversation_id is null or o.conversation_id is distinct from p_message.conversation_id)
      and (v_direction is null or onethread.message_direction(o.direction) = v_direction)
  ) then
    return true;
  end if;

  v_conversation_id := onethread.find_conversation(
    p_event.business_id, p_event.address, p_event.provider);
  return coalesce(
    v_conversation_id = p_message.conversation_id,
    p_message.conversation_id is null
      and v_conversation_id is null
      and p_event.address in (p_message.from_number, p_message.to_number));
end;
$$;

comment on function onethread.is_event_of_message(
  public.whatsapp_message_event, public.whatsapp_message) is
  'Whether an event that names the id of this message is about it: by direction when the event '
  'says one, and by address when other conversations have a message with the same id.';

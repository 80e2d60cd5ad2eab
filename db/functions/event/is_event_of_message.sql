-- Is an event with this message's id about this message, or about a namesake in another thread?
--
-- As long as no other conversation of the business has the id, it is enough: the address may be one
-- that nobody knows yet, or lead to a thread that is still to be joined. Else the address decides, by
-- whom it led to when it happened.
create or replace function onethread.is_event_of_message(
  p_event public.whatsapp_message_event,
  p_message public.whatsapp_message
)
returns boolean
language plpgsql
stable
as $$
declare
  v_direction constant text := onethread.message_direction(p_event.target_direction);
  v_key text;
begin
  if v_direction <> onethread.message_direction(p_message.direction) then
    return false;
  elsif not exists (select from onethread.list_namesakes(p_message, v_direction)) then
    return true;
  end if;

  v_key := onethread.address_key(onethread.read_business_address(
    p_event.business_id, p_event.provider, p_event.address));
  return coalesce(
    case when p_message.conversation_id is not null
      then onethread.person_at(p_event.business_id, v_key, p_event.occurred_at)
        = '#' || p_message.conversation_id
      else v_key = any (onethread.message_chat_keys(p_message))
        or p_event.address in (p_message.from_number, p_message.to_number) end,
    false);
end;
$$;

comment on function onethread.is_event_of_message(
  public.whatsapp_message_event, public.whatsapp_message) is
  'Whether an event that names the id of this message is about it: by direction when the event '
  'says one, and by address when other conversations have a message with the same id.';

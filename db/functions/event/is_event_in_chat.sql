-- Did it happen in the chat of the message? Of a person: did that person do it?
create or replace function onethread.is_event_in_chat(
  p_event public.whatsapp_message_event,
  p_message public.whatsapp_message,
  p_chat_keys text[]
)
returns boolean
language plpgsql
stable
as $$
begin
  if onethread.is_chat_of_many(p_chat_keys) then
    return coalesce(
      onethread.address_key(onethread.read_business_address(
        p_event.business_id, p_event.provider, p_event.address)) = p_chat_keys[1],
      false);
  end if;
  return onethread.is_authors_event(p_event, p_message, p_chat_keys);
end;
$$;

comment on function onethread.is_event_in_chat(
  public.whatsapp_message_event, public.whatsapp_message, text[]) is
  'True when the address of the event is the group, list or channel of the message, or its author the '
  'person. chat_keys: message_chat_keys().';

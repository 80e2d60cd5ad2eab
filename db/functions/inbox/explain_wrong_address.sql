-- Why is a message that is to be sent not sent to the address it has?
create or replace function onethread.explain_wrong_address(
  p_message public.whatsapp_message,
  p_address onethread.whatsapp_address,
  p_provider text,
  p_kinds text[]
)
returns text
language plpgsql
stable
as $$
declare
  v_conversation_id bigint := onethread.current_conversation(p_message.business_id, p_address);
  v_what text := case
    when p_address is null then 'the address identifies nobody'
    when v_conversation_id is null then p_message.to_number || ' is nobody''s'
    when v_conversation_id <> p_message.conversation_id
      then p_message.to_number || ' is somebody else''s'
    when p_address.kind <> all (p_kinds)
      then format('%s cannot write to a %s', coalesce(p_provider, 'the sender'), p_address.kind)
    else p_message.to_number || ' is not used any more'
  end;
begin
  return v_what || ', and the conversation has no other address to write to';
end;
$$;

comment on function onethread.explain_wrong_address(
  public.whatsapp_message, onethread.whatsapp_address, text, text[]) is
  'For people: what is wrong with the address of a queued message.';

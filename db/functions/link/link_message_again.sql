-- Put a stored message where its address leads now.
--
-- The same message may already be in the thread it now belongs to: then this row is kept as a
-- duplicate of that one.
create or replace function onethread.link_message_again(p_message public.whatsapp_message)
returns void
language plpgsql
as $$
declare
  v_resolved record := onethread.resolve_message(p_message);
begin
  update public.whatsapp_message m
  set conversation_id = v_resolved.conversation_id,
      identity_id = v_resolved.identity_id,
      duplicate_of = onethread.find_delivery(m, v_resolved.conversation_id)
  where m.business_id = p_message.business_id
    and m.id = p_message.id
    and (m.conversation_id, m.identity_id)
      is distinct from (v_resolved.conversation_id, v_resolved.identity_id);
end;
$$;

comment on function onethread.link_message_again(public.whatsapp_message) is
  'Sets conversation_id and identity_id of a stored message anew from its address.';

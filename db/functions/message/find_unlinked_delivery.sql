-- Is this message, which is to be in no conversation, stored so already?
-- (whatsapp_message_unlinked_delivery_idx, as a question.)
create or replace function onethread.find_unlinked_delivery(p_message public.whatsapp_message)
returns bigint
language plpgsql
stable
as $$
begin
  return (
    select m.id
    from public.whatsapp_message m
    where m.business_id = p_message.business_id
      and m.conversation_id is null
      and m.provider_message_id = p_message.provider_message_id
      and length(m.provider_message_id) <= 255
      and m.duplicate_of is null
      and m.id <> p_message.id
      and onethread.delivery_key(m, null) = onethread.delivery_key(p_message, null)
  );
end;
$$;

comment on function onethread.find_unlinked_delivery(public.whatsapp_message) is
  'Id of the other row in no conversation that is the same message, else null.';

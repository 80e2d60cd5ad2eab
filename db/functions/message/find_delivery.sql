-- Is this message in that conversation already? (whatsapp_message_provider_delivery_idx, as a
-- question; for no conversation whatsapp_message_unlinked_delivery_idx.)
create or replace function onethread.find_delivery(
  p_message public.whatsapp_message,
  p_conversation_id bigint
)
returns bigint
language plpgsql
stable
as $$
begin
  if p_conversation_id is null then
    return onethread.find_unlinked_delivery(p_message);
  end if;
  return (
    select m.id
    from public.whatsapp_message m
    where m.business_id = p_message.business_id
      and m.conversation_id = p_conversation_id
      and m.provider_message_id = p_message.provider_message_id
      and (case when m.duplicate_of is null
          then lower(m.direction) in ('in', 'inbound', 'incoming', 'received') end)
        = (lower(p_message.direction) in ('in', 'inbound', 'incoming', 'received'))
      and coalesce(left(m.participant, 255), '') = coalesce(left(p_message.participant, 255), '')
      and length(m.provider_message_id) <= 255
      and m.id <> p_message.id
  );
end;
$$;

comment on function onethread.find_delivery(public.whatsapp_message, bigint) is
  'Id of the other row of this conversation, or in no conversation, that is the same message, else '
  'null.';

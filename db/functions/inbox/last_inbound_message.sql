-- The last message that the person wrote.
create or replace function onethread.last_inbound_message(
  p_business_id bigint,
  p_conversation_id bigint
)
returns public.whatsapp_message
language plpgsql
stable
as $$
declare
  v_message public.whatsapp_message;
begin
  select m.* into v_message
  from public.whatsapp_message m
  where m.business_id = p_business_id
    and m.conversation_id = p_conversation_id
    and lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
    and m.duplicate_of is null
  order by m.sent_at desc, m.id desc
  limit 1;
  return v_message;
end;
$$;

comment on function onethread.last_inbound_message(bigint, bigint) is
  'The newest inbound message of a conversation; null when the person has never written.';

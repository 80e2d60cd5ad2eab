-- Where an answer goes: to the address the person last wrote from, never to "the person's phone".
--
-- A merged contact has several; an answer to another one reaches somebody else, or nobody.
create or replace function public.reply_address(
  p_business_id bigint,
  p_conversation_id bigint,
  out reply_address text,
  out own_number text
)
language plpgsql
stable
as $$
begin
  select coalesce(nullif(m.from_number, ''), m.to_number),
    case when m.from_number <> '' then m.to_number end
  into reply_address, own_number
  from public.whatsapp_message m
  where m.business_id = p_business_id
    and m.conversation_id = p_conversation_id
    and public.message_direction(m.direction) = 'inbound'
  order by m.sent_at desc, m.id desc
  limit 1;
end;
$$;

comment on function public.reply_address(bigint, bigint) is
  'Address of the last inbound message of a conversation, as it came, and our own number that it came '
  'to; nulls when the person has never written.';

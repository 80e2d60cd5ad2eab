-- Where an answer goes: to the address the person last wrote from, never to "the person's phone".
--
-- A merged contact has several; an answer to another one reaches somebody else, or nobody.
create or replace function onethread.reply_address(
  p_business_id bigint,
  p_conversation_id bigint,
  out reply_address text,
  out own_number text
)
language plpgsql
stable
as $$
declare
  v_message public.whatsapp_message :=
    onethread.last_inbound_message(p_business_id, p_conversation_id);
begin
  reply_address := coalesce(nullif(v_message.from_number, ''), v_message.to_number);
  own_number := case when v_message.from_number <> '' then v_message.to_number end;
end;
$$;

comment on function onethread.reply_address(bigint, bigint) is
  'Address of the last inbound message of a conversation, as it came, and our own number that it came '
  'to; nulls when the person has never written.';

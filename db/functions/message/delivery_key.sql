-- By what are two rows of one conversation, or two of none, the same message? What
-- whatsapp_message_provider_delivery_idx and, for messages in no thread,
-- whatsapp_message_unlinked_delivery_idx compare, as one value.
create or replace function onethread.delivery_key(
  p_message public.whatsapp_message,
  p_conversation_id bigint
)
returns text[]
language sql
immutable
parallel safe
return case
  when p_conversation_id is not null then array[
    p_conversation_id::text,
    (p_message).provider_message_id,
    (lower((p_message).direction) in ('in', 'inbound', 'incoming', 'received'))::text,
    coalesce(left((p_message).participant, 255), '')]
  else array[
    null,
    (p_message).provider_message_id,
    coalesce(left((p_message).provider, 255), ''),
    coalesce((p_message).from_number, ''),
    coalesce((p_message).to_number, '')]
end;

comment on function onethread.delivery_key(public.whatsapp_message, bigint) is
  'Equal for rows that are one message, would this one be in that conversation: there id, side and '
  'participant, in none id, provider and both addresses.';

-- Are two rows with one provider_message_id the same message? What whatsapp_message_delivery_idx
-- and, for messages in no thread, whatsapp_message_unlinked_delivery_idx compare besides the id.
create or replace function onethread.is_same_delivery(
  p_message public.whatsapp_message,
  p_other public.whatsapp_message
)
returns boolean
language sql
immutable
parallel safe
return case
  when (p_message).conversation_id is not null then
    (p_message).conversation_id = (p_other).conversation_id
    and (lower((p_message).direction) in ('in', 'inbound', 'incoming', 'received'))
      = (lower((p_other).direction) in ('in', 'inbound', 'incoming', 'received'))
    and coalesce(left((p_message).participant, 255), '')
      = coalesce(left((p_other).participant, 255), '')
  else
    (p_other).conversation_id is null
    and coalesce(left((p_message).provider, 255), '') = coalesce(left((p_other).provider, 255), '')
    and (coalesce((p_message).from_number, ''), coalesce((p_message).to_number, ''))
      = (coalesce((p_other).from_number, ''), coalesce((p_other).to_number, ''))
end;

comment on function onethread.is_same_delivery(
  public.whatsapp_message, public.whatsapp_message) is
  'True when both are in one conversation, from one side and participant; or in none, of one '
  'provider and with the same two addresses.';

-- A message was handed to the provider, and what came of it is not known: the answer was unreadable,
-- or the connection broke before it came.
--
-- Sent, as far as anybody knows, and not sent again: twice is worse. Without the provider's id no
-- status finds it; the event says so in its text.
create or replace function onethread.note_unconfirmed_message(
  p_business_id bigint,
  p_message_id bigint,
  p_attempt int,
  p_reason text
)
returns boolean
language plpgsql
as $$
declare
  v_message public.whatsapp_message;
begin
  perform onethread.lock_sent_identity(p_business_id, p_message_id);
  update public.whatsapp_message m
  set status = 'sent',
      provider_message_id = coalesce(m.provider_message_id, 'queued:' || gen_random_uuid())
  where m.business_id = p_business_id
    and m.id = p_message_id
    and m.status = 'sending'
    and m.send_attempts = p_attempt
  returning m.* into v_message;
  if v_message.id is null then
    return false;
  end if;
  insert into public.whatsapp_message_event (
    business_id, kind, provider, provider_message_id, address, target_direction, is_from_business,
    body
  )
  values (
    p_business_id, 'sent', v_message.provider, v_message.provider_message_id, v_message.to_number,
    'outbound', true, 'sent, id unknown: ' || p_reason
  )
  on conflict do nothing;
  return true;
end;
$$;

comment on function onethread.note_unconfirmed_message(bigint, bigint, int, text) is
  'Records that this attempt reached the provider, without an id: sent, id unknown, and why. False '
  'when the attempt has lost the message to a later one.';

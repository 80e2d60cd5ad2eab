-- The provider has taken a message and given it an id.
--
-- It was sent when it was claimed: after that its address may have passed to somebody else. Statuses
-- come as events, so this one does too.
create or replace function onethread.note_sent_message(
  p_business_id bigint,
  p_message_id bigint,
  p_attempt int,
  p_provider_message_id text
)
returns boolean
language plpgsql
as $$
declare
  v_message public.whatsapp_message;
begin
  perform onethread.lock_sent_identity(p_business_id, p_message_id);
  select m.* into v_message
  from public.whatsapp_message m
  where m.business_id = p_business_id
    and m.id = p_message_id
    and m.status = 'sending'
    and m.send_attempts = p_attempt
  for update;
  if not found then
    return false;
  end if;

  perform onethread.set_provider_id(v_message, p_provider_message_id);
  insert into public.whatsapp_message_event (
    business_id, kind, provider, provider_message_id, address, target_direction, is_from_business
  )
  values (
    p_business_id, 'sent', v_message.provider, p_provider_message_id, v_message.to_number,
    'outbound', true
  )
  on conflict do nothing;
  return true;
end;
$$;

comment on function onethread.note_sent_message(bigint, bigint, int, text) is
  'Records that this attempt was accepted, with the provider''s id. False when the attempt has lost '
  'the message to a later one.';

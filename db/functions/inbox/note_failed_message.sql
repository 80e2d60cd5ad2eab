-- An attempt to send a message failed: again later, or not at all.
create or replace function onethread.note_failed_message(
  p_business_id bigint,
  p_message_id bigint,
  p_attempt int,
  p_reason text,
  p_retry_at timestamptz
)
returns boolean
language plpgsql
as $$
declare
  v_message public.whatsapp_message;
begin
  update public.whatsapp_message m
  set status = case when p_retry_at is null then 'failed' else 'queued' end,
      send_after = coalesce(p_retry_at, m.send_after),
      -- What its event is matched by, when the writer gave no key.
      provider_message_id = coalesce(m.provider_message_id, 'queued:' || gen_random_uuid())
  where m.business_id = p_business_id
    and m.id = p_message_id
    and m.status = 'sending'
    and m.send_attempts = p_attempt
  returning m.* into v_message;
  if v_message.id is null then
    return false;
  end if;

  if p_retry_at is null then
    insert into public.whatsapp_message_event (
      business_id, kind, provider, provider_message_id, address, target_direction, is_from_business,
      body
    )
    values (
      p_business_id, 'failed', v_message.provider, v_message.provider_message_id,
      v_message.to_number, 'outbound', true, p_reason
    )
    on conflict do nothing;
  end if;
  return true;
end;
$$;

comment on function onethread.note_failed_message(bigint, bigint, int, text, timestamptz) is
  'Records that this attempt failed: queued again until retry_at, or failed for good with retry_at '
  'null. False when the attempt has lost the message to a later one.';

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
  perform onethread.lock_sent_identity(p_business_id, p_message_id);
  update public.whatsapp_message m
  set status = 'queued',
      send_after = coalesce(p_retry_at, m.send_after)
  where m.business_id = p_business_id
    and m.id = p_message_id
    and m.status = 'sending'
    and m.send_attempts = p_attempt
  returning m.* into v_message;
  if v_message.id is null then
    return false;
  end if;
  if p_retry_at is null then
    perform onethread.fail_answer(v_message, p_reason);
  end if;
  return true;
end;
$$;

comment on function onethread.note_failed_message(bigint, bigint, int, text, timestamptz) is
  'Records that this attempt failed: queued again until retry_at, or failed for good with retry_at '
  'null. False when the attempt has lost the message to a later one.';

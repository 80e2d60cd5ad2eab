-- One queued message, for one sender: it is claimed, failed, or left.
--
-- The identity is held before the row, in the order of all writers. What was read before is asked
-- again with the lock: another sender may have had it, a join may have moved it.
create or replace function onethread.claim_answer(
  p_business_id bigint,
  p_message_id bigint,
  p_lease interval,
  p_provider text,
  p_kinds text[],
  p_own onethread.whatsapp_address,
  out message public.whatsapp_message,
  out failure text,
  out is_others boolean
)
language plpgsql
as $$
declare
  v_message public.whatsapp_message;
  v_target record;
begin
  select m.* into v_message
  from public.whatsapp_message m
  where m.business_id = p_business_id and m.id = p_message_id;
  v_target := onethread.answer_target(v_message, p_provider, p_kinds);
  is_others := v_target.failure is null and v_target.identity_id is null
    or not onethread.is_senders_message(v_message, p_provider, p_own);
  if is_others
    or v_target.failure is null and not onethread.try_lock_reply_identity(
      p_business_id, v_target.identity_id, v_message.conversation_id)
  then
    return;
  end if;

  perform
  from public.whatsapp_message m
  where m.business_id = p_business_id
    and m.id = p_message_id
    and m.status = v_message.status
    and m.send_attempts = v_message.send_attempts
    and onethread.is_due(m)
    and m.to_number is not distinct from v_message.to_number
    and m.conversation_id is not distinct from v_message.conversation_id
  for update skip locked;
  if not found then
    return;
  elsif v_target.failure is not null then
    message := onethread.fail_answer(v_message, v_target.failure);
    failure := v_target.failure;
    return;
  end if;
  update public.whatsapp_message m
  set status = 'sending',
      send_attempts = m.send_attempts + 1,
      send_after = clock_timestamp() + p_lease,
      sent_at = clock_timestamp(),
      to_number = v_target.address,
      identity_id = v_target.identity_id
  where m.business_id = p_business_id and m.id = p_message_id
  returning m.* into message;
end;
$$;

comment on function onethread.claim_answer(
  bigint, bigint, interval, text, text[], onethread.whatsapp_address) is
  'Marks a due message as sending for the length of the lease, with the address it is to be sent to; '
  'or fails it, with the reason; or does nothing (message null): it is for another sender (is_others), '
  'or somebody has it at the moment.';

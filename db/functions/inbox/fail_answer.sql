-- A message that was to be sent will not be.
--
-- It stays where it was written, also when its address leads elsewhere by now.
create or replace function onethread.fail_answer(
  p_message public.whatsapp_message,
  p_reason text
)
returns public.whatsapp_message
language plpgsql
as $$
declare
  v_message public.whatsapp_message;
begin
  update public.whatsapp_message m
  set status = 'failed',
      -- What its event is matched by, when the writer gave no id.
      provider_message_id = coalesce(m.provider_message_id, 'queued:' || gen_random_uuid())
  where m.business_id = p_message.business_id and m.id = p_message.id
  returning m.* into v_message;
  insert into public.whatsapp_message_event (
    business_id, kind, provider, provider_message_id, address, target_direction, is_from_business,
    body
  )
  values (
    v_message.business_id, 'failed', v_message.provider, v_message.provider_message_id,
    v_message.to_number, 'outbound', true, p_reason
  )
  on conflict do nothing;
  return v_message;
end;
$$;

comment on function onethread.fail_answer(public.whatsapp_message, text) is
  'Marks a queued message as failed, with the reason as an event of it; returns the row.';

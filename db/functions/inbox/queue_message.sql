-- An answer to a person, to be delivered by `onethread send-queued`.
--
-- To the address the person last wrote from, through the provider and the own number it came to; who
-- has never written is addressed by the strongest identifier. The key makes it safe to say it twice:
-- it stands for the provider's id until the provider has given one.
create or replace function onethread.queue_message(
  p_business_id bigint,
  p_conversation_id bigint,
  p_body text,
  p_source text default 'agent',
  p_key text default null,
  p_send_after timestamptz default null
)
returns bigint
language plpgsql
as $$
declare
  v_asked public.whatsapp_message :=
    onethread.last_inbound_message(p_business_id, p_conversation_id);
  v_answer record := onethread.reply_address(p_business_id, p_conversation_id);
  v_address text := coalesce(
    v_answer.reply_address,
    (
      select known.addresses[1]
      from onethread.conversation_identifiers(p_business_id, p_conversation_id) as known
    ));
  v_id bigint;
begin
  if v_address is null then
    raise exception 'conversation % of business % has no address to write to',
      p_conversation_id, p_business_id
      using errcode = 'no_data_found';
  end if;
  insert into public.whatsapp_message (
    business_id, direction, source, from_number, to_number, body, provider, provider_message_id,
    status, send_after
  )
  values (
    p_business_id, 'outbound', p_source, v_answer.own_number, v_address, p_body, v_asked.provider,
    'queued:' || coalesce(p_key, gen_random_uuid()::text), 'queued', p_send_after
  )
  on conflict do nothing
  returning id into v_id;
  return v_id;
end;
$$;

comment on function onethread.queue_message(bigint, bigint, text, text, text, timestamptz) is
  'Queues a message to the conversation''s reply address, not to be sent before send_after; returns '
  'its id, null when a message with this key is there already. Raises P0002 when there is no such '
  'conversation.';

-- The provider has taken a message and given it an id.
--
-- The provider's own report of it (an echo, a gateway's event) may have been stored first, as a row
-- of its own: that one becomes the copy. Statuses come as events, so this one does too.
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

  for v_try in 1..10 loop
    begin
      update public.whatsapp_message m
      set duplicate_of = v_message.id
      where m.business_id = p_business_id
        and m.conversation_id = v_message.conversation_id
        and m.provider_message_id = p_provider_message_id
        and length(m.provider_message_id) <= 255
        and onethread.message_direction(m.direction) = 'outbound'
        and m.id <> v_message.id;
      update public.whatsapp_message m
      set status = 'sent',
          provider_message_id = p_provider_message_id,
          sent_at = clock_timestamp()
      where m.business_id = p_business_id and m.id = v_message.id;
      exit;
    exception when unique_violation then
      -- Its echo was stored between the two statements: once more.
      if v_try = 10 then
        raise;
      end if;
    end;
  end loop;

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

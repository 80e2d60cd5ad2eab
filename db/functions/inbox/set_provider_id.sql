-- A sent message gets the provider's id.
--
-- The provider's own report of it (an echo, a gateway's event) may have been stored first, as a row
-- of its own: that one becomes the copy.
create or replace function onethread.set_provider_id(
  p_message public.whatsapp_message,
  p_provider_message_id text
)
returns void
language plpgsql
as $$
declare
  v_id constant text := onethread.comparable_id(p_provider_message_id);
begin
  for v_try in 1..10 loop
    begin
      update public.whatsapp_message m
      set duplicate_of = p_message.id
      where m.business_id = p_message.business_id
        and m.conversation_id = p_message.conversation_id
        and m.provider_message_id = v_id
        and length(m.provider_message_id) <= 255
        and onethread.message_direction(m.direction) = 'outbound'
        and m.id <> p_message.id;
      update public.whatsapp_message m
      set status = 'sent',
          provider_message_id = v_id
      where m.business_id = p_message.business_id and m.id = p_message.id;
      return;
    exception when unique_violation then
      -- Its echo was stored between the two statements: once more.
      if v_try = 10 then
        raise;
      end if;
    end;
  end loop;
end;
$$;

comment on function onethread.set_provider_id(public.whatsapp_message, text) is
  'Marks a message as sent under this id; another row of its conversation with the id becomes its '
  'copy.';

-- Is this a message of a person who was erased after it was sent?
--
-- A business that has erased nobody has no secret: it pays for one probe.
create or replace function onethread.is_erased_message(p_message public.whatsapp_message)
returns boolean
language plpgsql
stable
as $$
declare
  v_sent_at timestamptz := onethread.message_sent_at(p_message);
  v_key text;
begin
  if exists (
    select from onethread.erasure_secret s where s.business_id = p_message.business_id
  ) then
    foreach v_key in array onethread.message_keys(p_message) loop
      if onethread.is_erased(p_message.business_id, v_key, v_sent_at) then
        return true;
      end if;
    end loop;
  end if;
  return false;
end;
$$;

comment on function onethread.is_erased_message(public.whatsapp_message) is
  'True when an address of the message (message_keys()) was an erased person''s when it was sent.';

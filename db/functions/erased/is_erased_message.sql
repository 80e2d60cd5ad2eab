-- Is this a message of a person who was erased after that time, when it was sent?
--
-- A business that has erased nobody has no secret: it pays for one probe.
create or replace function onethread.is_erased_message(
  p_message public.whatsapp_message,
  p_at timestamptz
)
returns boolean
language plpgsql
stable
as $$
declare
  v_key text;
begin
  if exists (
    select from onethread.erasure_secret s where s.business_id = p_message.business_id
  ) then
    foreach v_key in array onethread.message_keys(p_message) loop
      if onethread.is_erased(p_message.business_id, v_key, p_at) then
        return true;
      end if;
    end loop;
  end if;
  return false;
end;
$$;

comment on function onethread.is_erased_message(public.whatsapp_message, timestamptz) is
  'True when an address of the message (message_keys()) was an erased person''s at that time.';

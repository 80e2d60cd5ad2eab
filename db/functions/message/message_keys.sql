-- Everybody whom a message names: both sides, their aliases, in a group the participant.
--
-- Read as the link reads them (read_counterpart(), alias_addresses()).
create or replace function onethread.message_keys(p_message public.whatsapp_message)
returns text[]
language plpgsql
stable
as $$
declare
  v_keys text[] := '{}';
  v_text text;
  v_address onethread.whatsapp_address;
begin
  foreach v_text in array array_remove(array[p_message.from_number, p_message.to_number], null) loop
    v_address := onethread.read_business_address(
      p_message.business_id, p_message.provider, v_text);
    v_keys := v_keys || onethread.address_key(v_address);
    -- Digits that are no number may be a LID's, also one that is not known any more.
    if v_address.kind = 'phone'
      and onethread.phone_status(v_address.value, null) = 'impossible'
    then
      v_keys := v_keys || onethread.address_key(onethread.digits_twin(v_address));
    end if;
  end loop;
  foreach v_text in array
    array_remove(p_message.participant || p_message.contact_aliases, null)
  loop
    v_keys := v_keys || onethread.address_key(onethread.read_address(v_text, null));
  end loop;
  return v_keys;
end;
$$;

comment on function onethread.message_keys(public.whatsapp_message) is
  'identifier_key() of every address on a message; null for one that identifies nobody.';

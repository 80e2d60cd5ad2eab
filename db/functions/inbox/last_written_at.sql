-- When did the person last write under this identifier? Of their newest 50 messages.
create or replace function onethread.last_written_at(p_identity public.whatsapp_identity)
returns timestamptz
language plpgsql
stable
as $$
declare
  v_message public.whatsapp_message;
  v_text text;
  v_address onethread.whatsapp_address;
begin
  for v_message in
    select a.* from onethread.list_asked(p_identity.business_id, p_identity.conversation_id) a
  loop
    if v_message.identity_id = p_identity.id then
      return v_message.sent_at;
    end if;
    foreach v_text in array onethread.asked_addresses(v_message) loop
      v_address := onethread.read_business_address(
        p_identity.business_id, v_message.provider, v_text);
      if (v_address.kind, v_address.scope, v_address.match_value)
        = (p_identity.kind, p_identity.scope, p_identity.match_value)
      then
        return v_message.sent_at;
      end if;
    end loop;
  end loop;
  return null;
end;
$$;

comment on function onethread.last_written_at(public.whatsapp_identity) is
  'sent_at of the newest of the last 50 inbound messages that came from this identifier, or named '
  'it as an alias; null when none did.';

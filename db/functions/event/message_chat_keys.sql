-- The chat of a message: the group, or all names of the person that the message itself says.
--
-- A message that was given its thread without an address has the names of that.
create or replace function onethread.message_chat_keys(p_message public.whatsapp_message)
returns text[]
language plpgsql
stable
as $$
declare
  v_counterpart constant onethread.whatsapp_address :=
    (onethread.read_counterpart(p_message)).address;
begin
  if v_counterpart.kind is null then
    return onethread.conversation_keys(
      p_message.business_id::bigint, p_message.conversation_id::bigint);
  end if;
  return array(
    select onethread.address_key(a)
    from unnest(onethread.message_addresses(p_message, v_counterpart)) as a
  );
end;
$$;

comment on function onethread.message_chat_keys(public.whatsapp_message) is
  'identifier_key() of the counterpart of a message and of its aliases, the address it is linked by '
  'first; of a group, list or channel that alone.';

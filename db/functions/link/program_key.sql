-- The canonical key under which the conversation of this person is to be stored.
--
-- As rekey_conversation() would write it a moment later: of two programs that make one at the same
-- time, the second waits for the first at this key, whatever spelling they have.
create or replace function onethread.program_key(
  p_conversation public.whatsapp_conversation,
  p_address onethread.whatsapp_address,
  p_lead_id bigint
)
returns text
language plpgsql
stable
as $$
declare
  v_key text := onethread.canonical_key(p_conversation.business_id, p_lead_id, null, null);
begin
  if p_address is null
    or onethread.is_key_free(p_conversation.business_id, v_key, p_conversation.id)
  then
    return v_key;
  end if;
  return onethread.canonical_key(
    p_conversation.business_id, null, (p_address).kind, (p_address).value);
end;
$$;

comment on function onethread.program_key(
  public.whatsapp_conversation, onethread.whatsapp_address, bigint) is
  'canonical_key() of the lead, unless that is taken and there is an address: then of the address; '
  'null when there is neither.';

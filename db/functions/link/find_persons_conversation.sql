-- Has the person of a conversation that another program makes one already?
--
-- Locks nothing: a program that makes one for somebody who has one is in nobody's way.
create or replace function onethread.find_persons_conversation(
  p_conversation public.whatsapp_conversation,
  p_address onethread.whatsapp_address,
  p_lead_id bigint
)
returns bigint
language plpgsql
stable
as $$
begin
  if p_address is null then
    return coalesce(
      onethread.find_lead_conversation(p_conversation.business_id, p_lead_id),
      -- Known by its name alone.
      (
        select min(c.id)
        from public.whatsapp_conversation c
        where c.business_id = p_conversation.business_id
          and c.canonical_key = p_conversation.canonical_key
      ));
  end if;
  return (
    select i.conversation_id
    from public.whatsapp_identity i
    where i.business_id = p_conversation.business_id
      and i.kind = p_address.kind
      and i.scope = p_address.scope
      and i.match_value = p_address.match_value
      and i.valid_until is null
  );
end;
$$;

comment on function onethread.find_persons_conversation(
  public.whatsapp_conversation, onethread.whatsapp_address, bigint) is
  'Id of the conversation of the address and lead that conversation_person() has read; without an '
  'address that of the lead, else the oldest with this key, which may be the given one; null when '
  'there is none.';

-- Whose is this address at that time? Holds the answer until the end of the transaction.
--
-- An identity with a conversation is locked for share, as on the fast path; one without for update,
-- before it is read again: of two sessions that want to give it a conversation, the second finds
-- the first one's.
create or replace function onethread.lock_identity_at(
  p_business_id bigint,
  p_address onethread.whatsapp_address,
  p_at timestamptz,
  out id bigint,
  out conversation_id bigint
)
language plpgsql
as $$
begin
  select i.id, i.conversation_id
  into id, conversation_id
  from public.whatsapp_identity i
  where i.business_id = p_business_id
    and i.kind = p_address.kind
    and i.scope = p_address.scope
    and i.match_value = p_address.match_value
    and i.valid_from <= p_at
    and (i.valid_until is null or i.valid_until > p_at);

  if conversation_id is null then
    select i.id, i.conversation_id
    into id, conversation_id
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.id = lock_identity_at.id
      and i.valid_from <= p_at
      and (i.valid_until is null or i.valid_until > p_at)
    for no key update;
  else
    select i.id, i.conversation_id
    into id, conversation_id
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.id = lock_identity_at.id
      and i.valid_from <= p_at
      and (i.valid_until is null or i.valid_until > p_at)
    for share;
  end if;
end;
$$;

comment on function
  onethread.lock_identity_at(bigint, onethread.whatsapp_address, timestamptz) is
  'The identity that holds for an address at a time, and its conversation (null: none yet). id '
  'null: it went away while it was waited for; look again.';

-- Nobody has this address, or whoever has it is in no thread: it gets this one.
--
-- Whoever has one is not locked, so that a program that makes one too many holds up nobody.
create or replace function onethread.resolve_owner(
  p_business_id bigint,
  p_address onethread.whatsapp_address,
  p_conversation_id bigint
)
returns bigint
language plpgsql
as $$
declare
  v_owner_id bigint;
begin
  insert into public.whatsapp_identity (business_id, kind, scope, value, match_value)
  values (
    p_business_id, p_address.kind, p_address.scope, p_address.value, p_address.match_value)
  on conflict (business_id, kind, scope, match_value) where valid_until is null do nothing;
  update public.whatsapp_identity i
  set conversation_id = p_conversation_id
  where i.business_id = p_business_id
    and i.kind = p_address.kind
    and i.scope = p_address.scope
    and i.match_value = p_address.match_value
    and i.valid_until is null
    and i.conversation_id is null;

  -- In a statement of its own: somebody may have been first, and it waited for them.
  select i.conversation_id into v_owner_id
  from public.whatsapp_identity i
  where i.business_id = p_business_id
    and i.kind = p_address.kind
    and i.scope = p_address.scope
    and i.match_value = p_address.match_value
    and i.valid_until is null;
  return v_owner_id;
end;
$$;

comment on function onethread.resolve_owner(bigint, onethread.whatsapp_address, bigint) is
  'Points today''s identity of the address, created when there is none, to the conversation unless '
  'it leads to one already; returns the one it leads to.';

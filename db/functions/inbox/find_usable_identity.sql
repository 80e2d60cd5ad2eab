-- An address in the thread it is written in: may an answer go there?
create or replace function onethread.find_usable_identity(
  p_business_id bigint,
  p_conversation_id bigint,
  p_address onethread.whatsapp_address,
  p_kinds text[]
)
returns bigint
language plpgsql
stable
as $$
declare
  v_identity public.whatsapp_identity;
begin
  select i.* into v_identity
  from public.whatsapp_identity i
  where i.business_id = p_business_id
    and i.kind = p_address.kind
    and i.scope = p_address.scope
    and i.match_value = p_address.match_value
    and i.valid_until is null;
  return case
    when v_identity.conversation_id = p_conversation_id
      and (v_identity.kind = any (p_kinds)) is not false
      and onethread.is_usable_identity(v_identity)
      then v_identity.id
  end;
end;
$$;

comment on function onethread.find_usable_identity(
  bigint, bigint, onethread.whatsapp_address, text[]) is
  'Id of the identity of an address when it leads to the conversation, is_usable_identity(), and is '
  'of one of these kinds (null: any); else null.';

-- Addresses that are one person, because nothing else is known of them (needs_no_rule): one
-- conversation.
create or replace function onethread.link_new_addresses(
  p_business_id bigint,
  p_main onethread.whatsapp_address,
  p_addresses onethread.whatsapp_address[],
  out conversation_id bigint,
  out identity_id bigint
)
language plpgsql
as $$
declare
  v_address onethread.whatsapp_address;
  v_strongest onethread.whatsapp_address;
  v_identity record;
  v_main_id bigint;
  v_new_ids bigint[] := '{}';
  v_identity_id bigint;
begin
  foreach v_address in array p_addresses loop
    select i.id, i.conversation_id, i.valid_from
    into v_identity
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.kind = v_address.kind
      and i.scope = v_address.scope
      and i.match_value = v_address.match_value
      and i.valid_until is null;
    if v_identity.valid_from > '1970-01-01 00:00+00'
      or v_identity.conversation_id <> conversation_id
    then
      conversation_id := null;
      return;
    end if;

    conversation_id := coalesce(conversation_id, v_identity.conversation_id);
    if v_identity.conversation_id is null then
      v_new_ids := v_new_ids || v_identity.id;
    end if;
    if v_address = p_main then
      v_main_id := v_identity.id;
    end if;
    if v_strongest is null
      or onethread.identifier_rank(v_address.kind, v_address.scope)
        < onethread.identifier_rank(v_strongest.kind, v_strongest.scope)
    then
      v_strongest := v_address;
    end if;
  end loop;

  identity_id := v_main_id;
  if conversation_id is null then
    conversation_id := onethread.resolve_canonical_conversation(p_business_id, v_strongest);
  end if;
  foreach v_identity_id in array v_new_ids loop
    update public.whatsapp_identity i
    set conversation_id = link_new_addresses.conversation_id
    where i.business_id = p_business_id
      and i.id = v_identity_id;
  end loop;
  if cardinality(v_new_ids) < cardinality(p_addresses) then
    perform onethread.rekey_conversation(p_business_id, conversation_id);
  end if;
  if cardinality(p_addresses) > 1 then
    perform onethread.stamp_author_events(
      p_business_id, array(select onethread.address_key(a) from unnest(p_addresses) as a));
  end if;
end;
$$;

comment on function onethread.link_new_addresses(
  bigint, onethread.whatsapp_address, onethread.whatsapp_address[]) is
  'Gives the addresses the conversation that one of them has, or a new one; returns it with the '
  'identity of the main address. Nulls, and nothing done, when two have different ones: that is a '
  'join.';

-- A conversation that another program made becomes its person's, if they have none.
--
-- Whose it is, its key says, else its lead's phone. When the person has a conversation already, this
-- one is empty (messages find theirs by address) and goes into that one, or, while the program that
-- made it is still at it (p_keep), stays as it is.
create or replace function onethread.adopt_conversation(
  p_business_id bigint,
  p_conversation_id bigint,
  p_keep boolean
)
returns void
language plpgsql
as $$
declare
  v_conversation public.whatsapp_conversation;
  v_address onethread.whatsapp_address;
  v_lead public.lead;
  v_key text;
  v_keys text[];
  v_owner_id bigint;
begin
  select c.* into v_conversation
  from public.whatsapp_conversation c
  where c.business_id = p_business_id and c.id = p_conversation_id
  for no key update;
  if not found or exists (
    select
    from public.whatsapp_identity i
    where i.business_id = p_business_id and i.conversation_id = p_conversation_id
  ) then
    return;
  end if;

  select l.* into v_lead
  from public.lead l
  where l.business_id = p_business_id
    and l.id = coalesce(
      v_conversation.lead_id,
      substring(v_conversation.canonical_key from '^lead:(?:\d+:)?(\d{1,18})$')::bigint);
  v_address := onethread.read_conversation_key(p_business_id, v_conversation.canonical_key);
  if v_address is null and v_lead.phone_match_value is not null then
    v_address := row('phone', '', v_lead.phone_match_value, v_lead.phone_match_value);
  end if;
  if v_address is null then
    v_owner_id := coalesce(
      onethread.find_lead_conversation(p_business_id, v_lead.id),
      -- Known by its name alone.
      (
        select min(c.id)
        from public.whatsapp_conversation c
        where c.business_id = p_business_id
          and c.canonical_key = v_conversation.canonical_key
      ));
  elsif onethread.is_own_address(p_business_id, v_address) then
    return;
  else
    insert into public.whatsapp_identity (business_id, kind, scope, value, match_value)
    values (
      p_business_id, v_address.kind, v_address.scope, v_address.value, v_address.match_value)
    on conflict (business_id, kind, scope, match_value) where valid_until is null do nothing;
    update public.whatsapp_identity i
    set conversation_id = coalesce(i.conversation_id, p_conversation_id)
    where i.business_id = p_business_id
      and i.kind = v_address.kind
      and i.scope = v_address.scope
      and i.match_value = v_address.match_value
      and i.valid_until is null
    returning i.conversation_id into v_owner_id;
  end if;

  if v_owner_id <> p_conversation_id then
    if p_keep then
      return;
    end if;
    perform onethread.absorb_empty_conversation(p_business_id, v_owner_id, p_conversation_id);
  end if;
  if not exists (
    select
    from public.whatsapp_identity i
    where i.business_id = p_business_id and i.conversation_id = v_owner_id
  ) then
    return;
  end if;

  v_key := onethread.address_key(v_address);
  if v_lead.id is not null and v_address.kind in ('phone', 'lid', 'bsuid') then
    insert into public.whatsapp_identity_evidence (
      business_id, a, b, relation, source, observed_at, a_key, b_key
    )
    values (
      p_business_id, (onethread.lead_address(v_lead.id)).value,
      onethread.address_spelling(v_address), 'same', 'conversation',
      coalesce(v_conversation.created_at::timestamptz, now()),
      onethread.lead_key(v_lead.id), v_key
    )
    on conflict (business_id, a_key, b_key, relation) where relation <> 'merged' do nothing;
  end if;
  -- A phone and its one lead: nothing is to be decided. Of others the rule says who they are.
  v_keys := onethread.identity_component(p_business_id, array_remove(array[v_key], null));
  if cardinality(v_keys) > 2 then
    perform onethread.mark_evidence_pending(p_business_id, v_keys);
  end if;
  perform onethread.rekey_conversation(p_business_id, v_owner_id, v_lead.id);
end;
$$;

comment on function onethread.adopt_conversation(bigint, bigint, boolean) is
  'Makes a conversation that another program inserted the one of its person; one too many is '
  'absorbed, or left alone with keep.';

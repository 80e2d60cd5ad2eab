-- Does nothing that is stored say more about an address than that it is this lead's, or nobody's?
create or replace function onethread.is_newcomer(
  p_business_id bigint,
  p_address onethread.whatsapp_address,
  p_lead_key text
)
returns boolean
language plpgsql
stable
-- Called for each of many: not planned anew each time, as its caller is (pick_newcomers).
set plan_cache_mode = 'auto'
as $$
declare
  v_key text := onethread.address_key(p_address);
  v_identity record;
begin
  select i.conversation_id, i.valid_from
  into v_identity
  from public.whatsapp_identity i
  where i.business_id = p_business_id
    and i.kind = p_address.kind
    and i.scope = p_address.scope
    and i.match_value = p_address.match_value
    and i.valid_until is null;
  if not found or v_identity.conversation_id is not null
    or v_identity.valid_from > '1970-01-01 00:00+00'
    or exists (
      select
      from public.whatsapp_identity_evidence e
      where e.business_id = p_business_id and e.a_key = v_key
    )
    or exists (
      select
      from public.whatsapp_identity_evidence e
      where e.business_id = p_business_id
        and e.b_key = v_key
        and (e.a_key, e.relation) is distinct from (p_lead_key, 'same')
    )
    -- Digits that are a phone and a LID: resolve_conversation() knows what becomes of them.
    or exists (
      select
      from onethread.key_identities(
        p_business_id, array[onethread.address_key(onethread.digits_twin(p_address))])
    )
  then
    return false;
  end if;

  return not exists (
    select
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id and e.a_key = p_lead_key and e.b_key <> v_key
  ) and not exists (
    select
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id and e.b_key = p_lead_key
  ) and not exists (
    -- Somebody else's conversation has the name.
    select
    from public.whatsapp_conversation c
    inner join public.whatsapp_identity o
      on o.business_id = c.business_id and o.conversation_id = c.id
    where c.business_id = p_business_id
      and c.canonical_key = onethread.canonical_key(
        p_business_id, onethread.lead_id(p_lead_key), p_address.kind, p_address.value)
  );
end;
$$;

comment on function onethread.is_newcomer(bigint, onethread.whatsapp_address, text) is
  'True when the address has an identity without a conversation, and no evidence says anything about '
  'it or the lead (identifier_key() form, null: none) but that they belong together.';

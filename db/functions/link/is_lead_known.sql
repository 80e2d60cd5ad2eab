-- Is the address's conversation already this lead's? Or another's that comes first, and is the claim
-- recorded?
--
-- Asked before the identity is locked: the long way locks leads first.
create or replace function onethread.is_lead_known(
  p_business_id bigint,
  p_address onethread.whatsapp_address,
  p_lead_id bigint
)
returns boolean
language plpgsql
stable
parallel safe
as $$
declare
  v_lead_id bigint := (
    select c.lead_id
    from public.whatsapp_identity i
    inner join public.whatsapp_conversation c
      on c.business_id = i.business_id
      and c.id = i.conversation_id
    where i.business_id = p_business_id
      and i.kind = p_address.kind
      and i.scope = p_address.scope
      and i.match_value = p_address.match_value
      and i.valid_until is null
  );
begin
  return v_lead_id = p_lead_id
    or v_lead_id < p_lead_id and onethread.is_attested(
      p_business_id, onethread.lead_key(p_lead_id),
      onethread.address_key(p_address), 'infinity');
end;
$$;

comment on function onethread.is_lead_known(bigint, onethread.whatsapp_address, bigint) is
  'True when a message under this address with this lead changes nothing about the conversation (of '
  'two leads that claim one person the lowest id keeps it).';

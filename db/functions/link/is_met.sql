-- Is an address anybody's so far, or does evidence name it?
create or replace function onethread.is_met(
  p_business_id bigint,
  p_address onethread.whatsapp_address
)
returns boolean
language plpgsql
stable
as $$
begin
  return exists (
    select
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.kind = p_address.kind
      and i.scope = p_address.scope
      and i.match_value = p_address.match_value
  ) or onethread.has_evidence(p_business_id, onethread.address_key(p_address));
end;
$$;

comment on function onethread.is_met(bigint, onethread.whatsapp_address) is
  'True when there is an identity of the address, of today or formerly, or evidence about it.';

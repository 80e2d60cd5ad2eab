-- Whose is an address at a time?
create or replace function public.find_owner(
  p_business_id bigint,
  p_address public.whatsapp_address,
  p_at timestamptz
)
returns public.whatsapp_identity
language sql
stable
as $$
select i
from public.whatsapp_identity i
where i.business_id = p_business_id
  and i.kind = p_address.kind
  and i.scope = p_address.scope
  and i.match_value = p_address.match_value
  and i.valid_from <= p_at
  and (i.valid_until is null or i.valid_until > p_at)
$$;

comment on function public.find_owner(bigint, public.whatsapp_address, timestamptz) is
  'The identity that holds for the address at that time; null when there is none.';

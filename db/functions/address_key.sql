-- The key of an address.
create or replace function public.address_key(p_address public.whatsapp_address)
returns text
language sql
immutable
parallel safe
return (p_address).kind || ':' || (p_address).scope || ':' || (p_address).match_value;

comment on function public.address_key(public.whatsapp_address) is
  'identifier_key() of an address.';

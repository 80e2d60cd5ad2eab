-- The key of an address.
create or replace function onethread.address_key(p_address onethread.whatsapp_address)
returns text
language sql
immutable
parallel safe
return (p_address).kind || ':' || (p_address).scope || ':' || (p_address).match_value;

comment on function onethread.address_key(onethread.whatsapp_address) is
  'identifier_key() of an address.';

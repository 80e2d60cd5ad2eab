-- The key of a row of whatsapp_identity.
create or replace function onethread.identity_key(p_identity public.whatsapp_identity)
returns text
language sql
immutable
parallel safe
return (p_identity).kind || ':' || (p_identity).scope || ':' || (p_identity).match_value;

comment on function onethread.identity_key(public.whatsapp_identity) is
  'identifier_key() of an identity.';

-- The key of a lead.
create or replace function onethread.lead_key(p_lead_id bigint)
returns text
language sql
immutable
parallel safe
return 'lead::' || p_lead_id::text;

comment on function onethread.lead_key(bigint) is 'address_key() of lead_address(): lead::7.';

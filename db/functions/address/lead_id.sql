-- The lead that a key names.
create or replace function onethread.lead_id(p_key text)
returns bigint
language sql
immutable
parallel safe
return substr(p_key, 7)::bigint;

comment on function onethread.lead_id(text) is
  'Id of the lead of a lead_key(); an error for any other key, see is_lead_key().';

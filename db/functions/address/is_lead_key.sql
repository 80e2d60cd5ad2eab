-- Does the key name a lead?
create or replace function onethread.is_lead_key(p_key text)
returns boolean
language sql
immutable
parallel safe
return left(p_key, 5) = 'lead:';

comment on function onethread.is_lead_key(text) is 'True for lead_key() of a lead.';

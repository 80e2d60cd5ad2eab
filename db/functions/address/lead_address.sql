-- A lead, as evidence names it.
create or replace function onethread.lead_address(p_lead_id bigint)
returns onethread.whatsapp_address
language sql
immutable
parallel safe
return row('lead', '', 'lead:' || p_lead_id::text, p_lead_id::text)::onethread.whatsapp_address;

comment on function onethread.lead_address(bigint) is
  'Address of kind lead: value lead:ID as in whatsapp_identity_evidence.a, match value the id.';

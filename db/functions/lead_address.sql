-- A lead, as evidence names it.
create or replace function public.lead_address(p_lead_id bigint)
returns public.whatsapp_address
language sql
immutable
parallel safe
return row('lead', '', 'lead:' || p_lead_id, p_lead_id::text)::public.whatsapp_address;

comment on function public.lead_address(bigint) is
  'Address of kind lead: value lead:ID as in whatsapp_identity_evidence.a, match value the id.';

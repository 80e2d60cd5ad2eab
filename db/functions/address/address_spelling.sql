-- An address as evidence spells it.
create or replace function onethread.address_spelling(p_address onethread.whatsapp_address)
returns text
language sql
immutable
parallel safe
return case (p_address).kind
  when 'lead' then 'lead:' || (p_address).match_value
  when 'lid' then (p_address).value || '@lid'
  else (p_address).value
end;

comment on function onethread.address_spelling(onethread.whatsapp_address) is
  'lead:ID, digits@lid, the value itself for a phone or bsuid: evidence_key() reads it.';

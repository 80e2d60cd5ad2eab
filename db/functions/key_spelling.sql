-- An identifier_key() as evidence spells it.
create or replace function public.key_spelling(p_key text)
returns text
language sql
immutable
parallel safe
return case split_part(p_key, ':', 1)
  when 'lead' then 'lead:' || split_part(p_key, ':', 3)
  when 'lid' then split_part(p_key, ':', 3) || '@lid'
  else split_part(p_key, ':', 3)
end;

comment on function public.key_spelling(text) is
  'lead:ID, digits@lid, the value itself for a phone or bsuid: as evidence_key() reads it.';

-- One side of a statement: an identifier in any spelling, or lead:ID.
create or replace function public.evidence_key(p_business_id bigint, p_raw text)
returns text
language plpgsql
stable
as $$
declare
  v_identifier record;
begin
  if p_raw ~ '^lead:[1-9][0-9]{0,17}$' then
    return public.address_key(public.lead_address(substr(p_raw, 6)::bigint));
  end if;
  v_identifier := public.whatsapp_identifier(
    p_raw, public.address_region(p_business_id, null, p_raw));
  return public.identifier_key(
    v_identifier.kind,
    public.identifier_scope(v_identifier.kind, v_identifier.value),
    public.identifier_match_value(v_identifier.kind, v_identifier.value));
end;
$$;

comment on function public.evidence_key(bigint, text) is
  'identifier_key() of a spelling (typed digits are read in the business''s region) or of lead:ID; '
  'null when it identifies nobody.';

-- One side of a statement: an identifier in any spelling, or lead:ID.
create or replace function onethread.evidence_key(p_business_id bigint, p_raw text)
returns text
language plpgsql
stable
as $$
begin
  if p_raw ~ '^lead:[1-9][0-9]{0,17}$' then
    return onethread.lead_key(substr(p_raw, 6)::bigint);
  end if;
  return onethread.address_key(onethread.read_business_address(p_business_id, null, p_raw));
end;
$$;

comment on function onethread.evidence_key(bigint, text) is
  'identifier_key() of a spelling (typed digits are read in the business''s region) or of lead:ID; '
  'null when it identifies nobody.';

-- An address that one business has, as whoever wrote it means it.
create or replace function onethread.read_business_address(
  p_business_id bigint,
  p_provider text,
  p_raw text
)
returns onethread.whatsapp_address
language plpgsql
stable
parallel safe
as $$
begin
  return onethread.read_address(
    p_raw, onethread.address_region(p_business_id, p_provider, p_raw));
end;
$$;

comment on function onethread.read_business_address(bigint, text, text) is
  'The address of a spelling in a business: bare digits of a provider are international, what a '
  'person typed (provider null) is of the business''s region. Null when it identifies nobody.';

-- The key of an address that a provider wrote: its bare digits are international.
create or replace function onethread.provider_key(
  p_business_id bigint,
  p_provider text,
  p_raw text
)
returns text
language plpgsql
stable
as $$
begin
  return onethread.address_key(
    onethread.read_address(p_raw, onethread.address_region(p_business_id, p_provider, p_raw)));
end;
$$;

comment on function onethread.provider_key(bigint, text, text) is
  'identifier_key() of an address as the provider means it (null provider: as a person types it); '
  'null when it identifies nobody.';

-- The region in which an address is to be read: null when its digits are already international.
--
-- JIDs, +numbers, BSUIDs and a provider's bare digits are the hot path and read no table.
create or replace function onethread.address_region(
  p_business_id bigint,
  p_provider text,
  p_address text
)
returns text
language plpgsql
stable
parallel safe
as $$
begin
  if strpos(p_address, '@') > 0 or left(p_address, 1) = '+' or onethread.is_bsuid(p_address) then
    return null;
  end if;
  if btrim(p_address, '0123456789') <> '' then
    return (select b.default_region from public.business b where b.id = p_business_id);
  end if;
  if p_provider is not null then
    return null;
  end if;
  return (
    select b.default_region
    from public.business b
    where b.id = p_business_id
      and b.bare_digits = 'typed'
  );
end;
$$;

comment on function onethread.address_region(bigint, text, text) is
  'default_region argument for whatsapp_identifier(): the business''s region for what a person '
  'typed, null for a JID, a +number and bare digits that a provider wrote.';

-- The key of an address that is to be erased or exported; it must name a person.
create or replace function onethread.person_key(p_business_id bigint, p_address text)
returns text
language plpgsql
stable
as $$
declare
  v_key text := onethread.address_key(
    onethread.read_business_address(p_business_id, null, p_address));
begin
  if v_key is null then
    raise exception '% identifies nobody', quote_literal(left(p_address, 255))
      using errcode = 'invalid_parameter_value',
        hint = 'Any spelling of a phone, a LID or a BSUID; a national number is read in the '
          'business''s region.';
  elsif split_part(v_key, ':', 1) not in ('phone', 'lid', 'bsuid') then
    raise exception 'a % is not a person', split_part(v_key, ':', 1)
      using errcode = 'invalid_parameter_value';
  elsif onethread.is_own_address(p_business_id, onethread.key_address(v_key)) then
    raise exception 'the address belongs to the business itself'
      using errcode = 'invalid_parameter_value';
  end if;
  return v_key;
end;
$$;

comment on function onethread.person_key(bigint, text) is
  'identifier_key() of a person''s address in any spelling. Raises 22023 for what is no person.';

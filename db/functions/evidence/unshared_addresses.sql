-- Whom does a message concern? Not everybody else who has the shop's phone: that one is left out, so
-- that it is neither held nor asked about. What is said of it is recorded all the same.
create or replace function onethread.unshared_addresses(
  p_business_id bigint,
  p_main onethread.whatsapp_address,
  p_addresses onethread.whatsapp_address[]
)
returns onethread.whatsapp_address[]
language plpgsql
stable
as $$
declare
  v_shared text[];
begin
  if cardinality(p_addresses) = 1 then
    return p_addresses;
  end if;
  v_shared := onethread.shared_phones(p_business_id);
  if v_shared = '{}' then
    return p_addresses;
  end if;
  return array(
    select a
    from unnest(p_addresses) as a
    where a = p_main or onethread.address_key(a) <> all (v_shared)
  );
end;
$$;

comment on function onethread.unshared_addresses(
  bigint, onethread.whatsapp_address, onethread.whatsapp_address[]) is
  'The addresses without those of shared_phones(), except the main one.';

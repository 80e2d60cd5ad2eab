-- Is all that a message says about its person known already? Then by which address is it linked?
--
-- One probe for each alias. Null sends the message the long way, where it is recorded.
create or replace function onethread.find_known_address(
  p_business_id bigint,
  p_address onethread.whatsapp_address,
  p_aliases text[],
  p_sent_at timestamptz
)
returns onethread.whatsapp_address
language plpgsql
stable
parallel safe
as $$
declare
  v_addresses onethread.whatsapp_address[] :=
    case when p_address is null then '{}' else array[p_address] end;
  v_main onethread.whatsapp_address;
  v_main_key text;
  v_alias text;
  v_address onethread.whatsapp_address;
  v_key text;
begin
  foreach v_alias in array p_aliases loop
    v_address := onethread.read_address(v_alias, null);
    if v_address.kind in ('phone', 'lid', 'bsuid') then
      v_addresses := v_addresses || v_address;
    end if;
  end loop;

  if v_addresses = '{}' then
    return null;
  end if;
  v_main := onethread.main_address(v_addresses);
  v_main_key := onethread.address_key(v_main);
  foreach v_address in array v_addresses loop
    v_key := onethread.address_key(v_address);
    if v_key <> v_main_key
      and not onethread.is_attested(p_business_id, v_key, v_main_key, p_sent_at)
    then
      return null;
    end if;
  end loop;
  return v_main;
end;
$$;

comment on function onethread.find_known_address(
  bigint, onethread.whatsapp_address, text[], timestamptz) is
  'main_address() of the address and the aliases when the evidence between them is recorded, no '
  'later than sent_at, and applied; else null.';

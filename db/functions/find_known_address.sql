-- Is all that a message says about its person known already? Then by which address is it linked?
--
-- One probe for each alias. Null sends the message the long way, where it is recorded.
create or replace function public.find_known_address(
  p_business_id bigint,
  p_address public.whatsapp_address,
  p_aliases text[],
  p_sent_at timestamptz
)
returns public.whatsapp_address
language plpgsql
stable
parallel safe
as $$
declare
  v_addresses public.whatsapp_address[] :=
    case when p_address is null then '{}' else array[p_address] end;
  v_main public.whatsapp_address;
  v_main_key text;
  v_alias text;
  v_identifier record;
  v_address public.whatsapp_address;
  v_key text;
begin
  foreach v_alias in array p_aliases loop
    v_identifier := public.whatsapp_identifier(v_alias, null);
    if v_identifier.kind in ('phone', 'lid', 'bsuid') then
      v_addresses := v_addresses || row(
        v_identifier.kind,
        public.identifier_scope(v_identifier.kind, v_identifier.value),
        v_identifier.value,
        public.identifier_match_value(v_identifier.kind, v_identifier.value)
      )::public.whatsapp_address;
    end if;
  end loop;

  if v_addresses = '{}' then
    return null;
  end if;
  v_main := public.main_address(v_addresses);
  v_main_key := public.address_key(v_main);
  foreach v_address in array v_addresses loop
    v_key := public.address_key(v_address);
    if v_key <> v_main_key
      and not public.is_attested(p_business_id, v_key, v_main_key, p_sent_at)
    then
      return null;
    end if;
  end loop;
  return v_main;
end;
$$;

comment on function public.find_known_address(
  bigint, public.whatsapp_address, text[], timestamptz) is
  'main_address() of the address and the aliases when the evidence between them is recorded, no '
  'later than sent_at, and applied; else null.';

-- The persons among some spellings, each once; never the business itself.
create or replace function onethread.alias_addresses(p_business_id bigint, p_aliases text[])
returns onethread.whatsapp_address[]
language plpgsql
stable
as $$
declare
  v_addresses onethread.whatsapp_address[] := '{}';
  v_alias text;
  v_address onethread.whatsapp_address;
begin
  foreach v_alias in array coalesce(p_aliases, '{}') loop
    v_address := onethread.read_address(v_alias, null);
    continue when v_address.kind is null
      or v_address.kind not in ('phone', 'lid', 'bsuid');
    continue when onethread.is_own_address(p_business_id, v_address);
    continue when exists (
      select
      from unnest(v_addresses) as a
      where (a.kind, a.scope, a.match_value)
        = (v_address.kind, v_address.scope, v_address.match_value)
    );
    v_addresses := v_addresses || v_address;
  end loop;
  return v_addresses;
end;
$$;

comment on function onethread.alias_addresses(bigint, text[]) is
  'Addresses of kind phone, lid or bsuid that the spellings name, without own numbers.';

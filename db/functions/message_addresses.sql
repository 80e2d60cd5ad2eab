-- All that a message says about its counterpart: the address first, then the attested aliases.
--
-- Aliases name a person; in a group they are the participant's, and the group is nobody's.
create or replace function public.message_addresses(
  p_message public.whatsapp_message,
  p_counterpart public.whatsapp_address
)
returns public.whatsapp_address[]
language plpgsql
stable
as $$
declare
  v_addresses public.whatsapp_address[] := array[p_counterpart];
  v_alias text;
  v_identifier record;
  v_address public.whatsapp_address;
begin
  if p_message.contact_aliases is null or p_counterpart.kind not in ('phone', 'lid', 'bsuid') then
    return v_addresses;
  end if;

  foreach v_alias in array p_message.contact_aliases loop
    v_identifier := public.whatsapp_identifier(v_alias, null);
    continue when v_identifier.kind is null
      or v_identifier.kind not in ('phone', 'lid', 'bsuid');

    v_address := row(
      v_identifier.kind,
      public.identifier_scope(v_identifier.kind, v_identifier.value),
      v_identifier.value,
      public.identifier_match_value(v_identifier.kind, v_identifier.value));
    continue when public.is_own_address(p_message.business_id, v_address);
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

comment on function public.message_addresses(public.whatsapp_message, public.whatsapp_address) is
  'The counterpart''s address and its aliases, each once; only the address itself for a group.';

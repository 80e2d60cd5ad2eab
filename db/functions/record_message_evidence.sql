-- What a message says about its people, as evidence: its identifiers are one person, its lead too.
create or replace function public.record_message_evidence(
  p_business_id bigint,
  p_main public.whatsapp_address,
  p_addresses public.whatsapp_address[],
  p_lead_id bigint,
  p_source text,
  p_sent_at timestamptz
)
returns text[]
language plpgsql
as $$
declare
  v_address public.whatsapp_address;
  v_addresses public.whatsapp_address[] := p_addresses;
  v_keys text[] := array[public.address_key(p_main)];
begin
  if p_main.kind in ('phone', 'lid', 'bsuid') and exists (
    select from public.lead l where l.business_id = p_business_id and l.id = p_lead_id
  ) then
    v_addresses := v_addresses || public.lead_address(p_lead_id);
  end if;

  v_keys := v_keys || array(
    select public.address_key(a)
    from unnest(v_addresses) as a
    where public.address_key(a) <> v_keys[1]);
  if cardinality(v_keys) = 1 then
    return v_keys;
  end if;

  -- Everybody locks first who it is about and writes then, in one order: who holds a row of
  -- evidence waits for nobody's identity.
  perform public.lock_component(p_business_id, public.identity_component(p_business_id, v_keys));
  for v_address in
    select a.kind, a.scope, a.value, a.match_value
    from unnest(v_addresses) as a
    order by public.address_key(a) collate "C"
  loop
    perform public.record_evidence(p_business_id, p_main, v_address, p_source, p_sent_at);
  end loop;
  return v_keys;
end;
$$;

comment on function public.record_message_evidence(
  bigint, public.whatsapp_address, public.whatsapp_address[], bigint, text, timestamptz) is
  'Records evidence between the main identifier and each other one, and the lead if it exists; '
  'returns their keys, the main one first.';

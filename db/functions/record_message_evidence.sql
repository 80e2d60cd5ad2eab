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
  v_lead public.whatsapp_address;
  v_keys text[] := array[public.address_key(p_main)];
begin
  foreach v_address in array p_addresses loop
    continue when public.address_key(v_address) = v_keys[1];
    perform public.record_evidence(p_business_id, p_main, v_address, p_source, p_sent_at);
    v_keys := v_keys || public.address_key(v_address);
  end loop;

  if p_main.kind in ('phone', 'lid', 'bsuid') and exists (
    select from public.lead l where l.business_id = p_business_id and l.id = p_lead_id
  ) then
    v_lead := public.lead_address(p_lead_id);
    perform public.record_evidence(p_business_id, p_main, v_lead, p_source, p_sent_at);
    v_keys := v_keys || public.address_key(v_lead);
  end if;
  return v_keys;
end;
$$;

comment on function public.record_message_evidence(
  bigint, public.whatsapp_address, public.whatsapp_address[], bigint, text, timestamptz) is
  'Records evidence between the main identifier and each other one, and the lead if it exists; '
  'returns their keys, the main one first.';

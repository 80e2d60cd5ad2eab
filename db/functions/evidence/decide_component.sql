-- Apply the rule to the evidence about these identifiers.
create or replace function onethread.decide_component(p_business_id bigint, p_keys text[])
returns onethread.whatsapp_resolution
language plpgsql
stable
as $$
declare
  v_lead_keys text[] := '{}';
  v_key text;
begin
  foreach v_key in array p_keys loop
    if onethread.is_lead_key(v_key) and exists (
      select
      from public.lead l
      where l.business_id = p_business_id and l.id = onethread.lead_id(v_key)
    ) then
      v_lead_keys := v_lead_keys || v_key;
    end if;
  end loop;
  return onethread.decide_identities(onethread.load_evidence(p_business_id, p_keys), v_lead_keys);
end;
$$;

comment on function onethread.decide_component(bigint, text[]) is
  'decide_identities() for a component (the keys of identity_component()).';

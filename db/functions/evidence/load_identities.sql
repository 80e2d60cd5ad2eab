-- Apply the rule to the evidence about these identifiers.
create or replace function onethread.load_identities(p_business_id bigint, p_keys text[])
returns onethread.whatsapp_resolution
language plpgsql
stable
as $$
declare
  v_lead_keys text[] := '{}';
  v_key text;
begin
  foreach v_key in array p_keys loop
    if left(v_key, 5) = 'lead:' and exists (
      select
      from public.lead l
      where l.business_id = p_business_id and l.id = substr(v_key, 7)::bigint
    ) then
      v_lead_keys := v_lead_keys || v_key;
    end if;
  end loop;
  return onethread.resolve_identities(onethread.load_evidence(p_business_id, p_keys), v_lead_keys);
end;
$$;

comment on function onethread.load_identities(bigint, text[]) is
  'resolve_identities() for a component (the keys of identity_component()).';

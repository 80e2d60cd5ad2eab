-- Has a human said of an identifier, or a lead, who it is not?
create or replace function onethread.is_contradicted(p_business_id bigint, p_key text)
returns boolean
language plpgsql
stable
parallel safe
as $$
begin
  return exists (
    select
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id and e.a_key = p_key and e.relation = 'different'
  ) or exists (
    select
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id and e.b_key = p_key and e.relation = 'different'
  );
end;
$$;

comment on function onethread.is_contradicted(bigint, text) is
  'True when evidence different names the identifier_key().';

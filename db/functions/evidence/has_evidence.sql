-- Is anything known about an identifier but that somebody wrote under it?
create or replace function onethread.has_evidence(p_business_id bigint, p_key text)
returns boolean
language plpgsql
stable
as $$
begin
  return exists (
    select
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id and e.a_key = p_key
  ) or exists (
    select
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id and e.b_key = p_key
  );
end;
$$;

comment on function onethread.has_evidence(bigint, text) is
  'True when evidence, of whatever relation and weight, names the identifier_key().';

-- Is this said already?
create or replace function onethread.is_stored_evidence(
  p_evidence public.whatsapp_identity_evidence
)
returns boolean
language plpgsql
stable
as $$
begin
  if p_evidence.inert_reason is not null then
    return exists (
      select
      from public.whatsapp_identity_evidence e
      where e.business_id = p_evidence.business_id
        and md5(e.a) = md5(p_evidence.a)
        and md5(coalesce(e.b, '')) = md5(coalesce(p_evidence.b, ''))
        and e.relation = p_evidence.relation
        and e.weight = p_evidence.weight
        and e.inert_reason is not null
    );
  end if;
  return exists (
    select
    from public.whatsapp_identity_evidence e
    where e.business_id = p_evidence.business_id
      and e.a_key = p_evidence.a_key
      and e.relation = p_evidence.relation
      and e.weight = p_evidence.weight
      and e.relation <> 'merged'
      -- A phone may end more than once.
      and (
        e.b_key = p_evidence.b_key
        or p_evidence.b_key is null and e.observed_at = p_evidence.observed_at)
  );
end;
$$;

comment on function onethread.is_stored_evidence(public.whatsapp_identity_evidence) is
  'True when another row of the same weight says the same; of inert evidence, when it says it in '
  'the same words.';

-- What names a number of the business itself says nothing, whenever that was found out.
create or replace function onethread.silence_evidence(p_business_id bigint, p_key text)
returns void
language plpgsql
as $$
declare
  v_evidence public.whatsapp_identity_evidence;
begin
  for v_evidence in
    select e.*
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id and e.a_key = p_key
    union all
    select e.*
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id and e.b_key = p_key
    order by observed_at, id
  loop
    update onethread.whatsapp_identity_conflict k
    set settled_at = clock_timestamp()
    where k.business_id = p_business_id
      and k.evidence_id = v_evidence.id
      and k.settled_at is null;
    -- An inert statement is kept once, by its text.
    if exists (
      select
      from public.whatsapp_identity_evidence o
      where o.business_id = p_business_id
        and md5(o.a) = md5(v_evidence.a)
        and md5(coalesce(o.b, '')) = md5(coalesce(v_evidence.b, ''))
        and o.relation = v_evidence.relation
        and o.weight = v_evidence.weight
        and o.inert_reason is not null
    ) then
      delete from public.whatsapp_identity_evidence e
      where e.business_id = p_business_id and e.id = v_evidence.id;
    else
      update public.whatsapp_identity_evidence e
      set a_key = null,
          b_key = null,
          applied_at = clock_timestamp(),
          inert_reason = onethread.inert_evidence_reason(v_evidence)
      where e.business_id = p_business_id and e.id = v_evidence.id;
    end if;
  end loop;
  delete from onethread.shared_phone s
  where s.business_id = p_business_id and s.key = p_key;
end;
$$;

comment on function onethread.silence_evidence(bigint, text) is
  'Takes the keys from the evidence that names an identifier_key(), notes why, and settles what was '
  'asked about it. The key is one that inert_evidence_reason() objects to.';

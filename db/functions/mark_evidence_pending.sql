-- Evidence that could not be applied now is found again by apply_pending_evidence().
--
-- Skip locked: who holds a row is withdrawing it, or marks it as well; to wait for them while our
-- own people are held could be a circle.
create or replace function public.mark_evidence_pending(p_business_id bigint, p_keys text[])
returns void
language plpgsql
as $$
declare
  v_key text;
  v_evidence_id bigint;
begin
  foreach v_key in array p_keys loop
    for v_evidence_id in
      select e.id
      from public.whatsapp_identity_evidence e
      where e.business_id = p_business_id
        and e.a_key = v_key
        and e.relation <> 'different'
      for no key update skip locked
    loop
      update public.whatsapp_identity_evidence e
      set applied_at = null
      where e.business_id = p_business_id
        and e.id = v_evidence_id;
    end loop;
    for v_evidence_id in
      select e.id
      from public.whatsapp_identity_evidence e
      where e.business_id = p_business_id
        and e.b_key = v_key
        and e.relation <> 'different'
      for no key update skip locked
    loop
      update public.whatsapp_identity_evidence e
      set applied_at = null
      where e.business_id = p_business_id
        and e.id = v_evidence_id;
    end loop;
  end loop;
end;
$$;

comment on function public.mark_evidence_pending(bigint, text[]) is
  'Marks the evidence that connects one of these identifiers with another as not applied.';

-- Evidence that could not be applied now is found again by apply_pending_evidence().
create or replace function public.mark_evidence_pending(p_business_id bigint, p_keys text[])
returns void
language plpgsql
as $$
declare
  v_key text;
begin
  foreach v_key in array p_keys loop
    update public.whatsapp_identity_evidence e
    set applied_at = null
    where e.business_id = p_business_id
      and e.a_key = v_key
      and e.relation <> 'different';
    update public.whatsapp_identity_evidence e
    set applied_at = null
    where e.business_id = p_business_id
      and e.b_key = v_key
      and e.relation <> 'different';
  end loop;
end;
$$;

comment on function public.mark_evidence_pending(bigint, text[]) is
  'Marks the evidence that connects one of these identifiers with another as not applied.';

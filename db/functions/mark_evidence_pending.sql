-- Evidence that could not be applied now is found again by apply_pending_evidence().
create or replace function public.mark_evidence_pending(p_business_id bigint, p_keys text[])
returns void
language sql
as $$
update public.whatsapp_identity_evidence e
set applied_at = null
where e.business_id = p_business_id
  and e.a_key = any (p_keys)
  and e.b_key = any (p_keys)
  and e.relation = 'same'
$$;

comment on function public.mark_evidence_pending(bigint, text[]) is
  'Marks evidence between these identifiers as not applied.';

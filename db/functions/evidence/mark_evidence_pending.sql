-- Evidence that could not be applied now is found again by apply_pending_evidence().
--
-- Skip locked: who holds a row is withdrawing it, or marks it as well; to wait for them while our
-- own people are held could be a circle.
create or replace function onethread.mark_evidence_pending(p_business_id bigint, p_keys text[])
returns void
language plpgsql
as $$
declare
  v_evidence_id bigint;
  v_shared constant text[] := onethread.shared_phones(p_business_id);
begin
  for v_evidence_id in
    select e.id
    from unnest(p_keys) as k (key)
    inner join public.whatsapp_identity_evidence e
      on e.business_id = p_business_id and e.a_key = k.key
    where e.relation <> 'different'
    union
    select e.id
    from unnest(p_keys) as k (key)
    inner join public.whatsapp_identity_evidence e
      on e.business_id = p_business_id and e.b_key = k.key
    where e.relation <> 'different'
      -- These connect nobody.
      and (k.key <> all (v_shared) or not onethread.is_account_key(e.a_key))
  loop
    perform
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id and e.id = v_evidence_id
    for no key update skip locked;
    continue when not found;
    update public.whatsapp_identity_evidence e
    set applied_at = null
    where e.business_id = p_business_id and e.id = v_evidence_id;
  end loop;
end;
$$;

comment on function onethread.mark_evidence_pending(bigint, text[]) is
  'Marks the evidence that connects one of these identifiers with another as not applied.';

-- Apply what could not be applied when it came. For cron, and for the server.
create or replace function public.apply_pending_evidence(p_business_id bigint)
returns int
language plpgsql
as $$
declare
  v_evidence record;
begin
  for v_evidence in
    select e.id, array_remove(array[e.a_key, e.b_key], null) as keys
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id
      and e.applied_at is null
    order by e.id
  loop
    -- The rows before may have applied this one too.
    continue when not exists (
      select
      from public.whatsapp_identity_evidence e
      where e.business_id = p_business_id
        and e.id = v_evidence.id
        and e.applied_at is null
    );
    perform public.apply_identities(p_business_id, v_evidence.keys, '{}', 2147483646);
  end loop;

  return (
    select count(*)
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id
      and e.applied_at is null
  );
end;
$$;

comment on function public.apply_pending_evidence(bigint) is
  'Applies the evidence that is pending, however many messages move. Returns how many rows are still '
  'pending (locks not to be had, or not READ COMMITTED): call it again.';

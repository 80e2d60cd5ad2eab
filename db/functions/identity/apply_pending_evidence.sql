-- Apply what could not be applied when it came. For cron, and for the server.
--
-- Whoever is joined is held until the end of the transaction. One row at a time, each in a
-- transaction of its own, holds one person at a time.
create or replace function onethread.apply_pending_evidence(
  p_business_id bigint,
  p_evidence_id bigint default null
)
returns int
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_evidence record;
begin
  perform onethread.check_caller(p_business_id, 'onethread.apply_pending_evidence(bigint, bigint)');
  for v_evidence in
    select e.id, array_remove(array[e.a_key, e.b_key], null) as keys
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id
      and e.applied_at is null
      and (p_evidence_id is null or e.id = p_evidence_id)
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
    perform onethread.apply_identities(p_business_id, v_evidence.keys, '{}', null);
  end loop;

  return (
    select count(*)
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id
      and e.applied_at is null
  );
end;
$$;

comment on function onethread.apply_pending_evidence(bigint, bigint) is
  'Applies the evidence that is pending (evidence_id: this row only), however many messages move. '
  'Returns how many rows are still pending (locks not to be had, or not READ COMMITTED): call it '
  'again.';

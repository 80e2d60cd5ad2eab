-- A batch of the statements that say nothing about a person, but name somebody.
create or replace function onethread.delete_expired_evidence(p_business_id bigint, p_batch_size int)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count bigint;
begin
  perform onethread.check_caller(p_business_id, 'onethread.delete_expired_evidence(bigint, int)');
  delete from public.whatsapp_identity_evidence d
  where d.business_id = p_business_id
    and d.id in (
      select e.id
      from public.whatsapp_identity_evidence e
      inner join public.business b on b.id = e.business_id
      where e.business_id = p_business_id
        and e.inert_reason is not null
        and e.created_at < now() - make_interval(days => b.message_retention_days)
      limit p_batch_size
    );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function onethread.delete_expired_evidence(bigint, int) is
  'Deletes up to so many rows of inert evidence that came in longer ago than '
  'business.message_retention_days; returns how many.';

-- A batch of the unprocessed payloads that the business no longer wants to keep.
create or replace function onethread.delete_expired_rejects(p_business_id bigint, p_batch_size int)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count bigint;
begin
  perform onethread.check_caller(p_business_id, 'onethread.delete_expired_rejects(bigint, int)');
  delete from onethread.webhook_reject d
  where d.business_id = p_business_id
    and d.id in (
      select r.id
      from (
        select r.id, r.received_at
        from onethread.webhook_reject r
        where r.business_id = p_business_id
        order by r.id
        limit p_batch_size
      ) r
      inner join public.business b on b.id = p_business_id
      where r.received_at < now() - make_interval(days => b.reject_retention_days)
    );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function onethread.delete_expired_rejects(bigint, int) is
  'Deletes up to so many payloads, open ones too, that came in longer ago than '
  'business.reject_retention_days; returns how many.';

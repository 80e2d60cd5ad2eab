-- A batch of the events that came in before the messages that are kept: of messages nobody has.
--
-- By id, which is roughly the order in which they came.
create or replace function onethread.delete_expired_events(p_business_id bigint, p_batch_size int)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count bigint;
begin
  perform onethread.check_caller(p_business_id, 'onethread.delete_expired_events(bigint, int)');
  delete from public.whatsapp_message_event d
  where d.business_id = p_business_id
    and d.id in (
      select e.id
      from (
        select e.id, e.created_at
        from public.whatsapp_message_event e
        where e.business_id = p_business_id
        order by e.id
        limit p_batch_size
      ) e
      inner join public.business b on b.id = p_business_id
      where e.created_at < now() - make_interval(days => b.message_retention_days)
    );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function onethread.delete_expired_events(bigint, int) is
  'Deletes up to so many message events that came in longer ago than '
  'business.message_retention_days; returns how many.';

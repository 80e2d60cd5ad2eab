-- A batch of the names of people with whom there was never a message: an old address book.
create or replace function onethread.delete_expired_names(p_business_id bigint, p_batch_size int)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count bigint;
begin
  perform onethread.check_caller(p_business_id, 'onethread.delete_expired_names(bigint, int)');
  delete from onethread.contact_name d
  where d.business_id = p_business_id
    and (d.key, d.source) in (
      select n.key, n.source
      from onethread.contact_name n
      inner join public.business b on b.id = n.business_id
      where n.business_id = p_business_id
        and n.told_at < now() - make_interval(days => b.message_retention_days)
        and not onethread.has_conversation(n.business_id, n.key)
      limit p_batch_size
    );
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function onethread.delete_expired_names(bigint, int) is
  'Deletes up to so many names that were told longer ago than business.message_retention_days, of '
  'identifiers without a thread or a lead; returns how many.';

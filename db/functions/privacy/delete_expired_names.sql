-- A batch of the names of people with whom there was never a message (an old address book), and of names
-- that no message shows any more.
create or replace function onethread.delete_expired_names(p_business_id bigint, p_batch_size int)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count bigint;
  v_shown bigint;
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
  delete from onethread.shown_name d
  where d.business_id = p_business_id
    and (d.identity_id, d.message_id) in (
      select n.identity_id, n.message_id
      from onethread.shown_name n
      inner join public.business b on b.id = n.business_id
      where n.business_id = p_business_id
        and n.told_at < now() - make_interval(days => b.message_retention_days)
        and not exists (
          select
          from public.whatsapp_message m
          where m.business_id = n.business_id
            and m.identity_id = n.identity_id
            and left(m.sender_name, 255) = n.name
        )
      limit p_batch_size
    );
  get diagnostics v_shown = row_count;
  return v_count + v_shown;
end;
$$;

comment on function onethread.delete_expired_names(bigint, int) is
  'Deletes up to so many names that were told longer ago than business.message_retention_days, of '
  'identifiers without a thread or a lead, or that no message shows any more; returns how many.';

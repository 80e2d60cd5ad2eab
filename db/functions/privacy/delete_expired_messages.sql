-- A batch of the messages that the business no longer wants to keep, the oldest first.
create or replace function onethread.delete_expired_messages(
  p_business_id bigint,
  p_batch_size int,
  out messages bigint,
  out events bigint
)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_until timestamptz;
begin
  perform onethread.check_caller(p_business_id, 'onethread.delete_expired_messages(bigint, int)');
  v_until := (
    select now() - make_interval(days => b.message_retention_days)
    from public.business b
    where b.id = p_business_id
  );
  select d.messages, d.events into messages, events
  from onethread.delete_messages(
    p_business_id,
    array(
      select m.id
      from public.whatsapp_message m
      where m.business_id = p_business_id
        and m.sent_at < v_until
        and onethread.message_sent_at(m) < v_until
      order by m.sent_at, m.id
      limit p_batch_size)) as d;
end;
$$;

comment on function onethread.delete_expired_messages(bigint, int) is
  'Deletes up to so many messages (and their copies and events) that are older than '
  'business.message_retention_days.';

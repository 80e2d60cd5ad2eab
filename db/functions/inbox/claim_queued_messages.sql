-- Takes messages out of the queue, for one sender to deliver.
--
-- Committed before anything is sent: no lock is held while a provider takes its time. Two senders
-- never claim one row (skip locked). A sender that dies leaves the row "sending"; after the lease it
-- is free again, so that a message may be sent twice but is not forgotten; send_attempts tells the
-- claims apart. One message of a conversation at a time, so that answers arrive in their order.
create or replace function onethread.claim_queued_messages(
  p_business_id bigint,
  p_limit int,
  p_lease interval
)
returns setof public.whatsapp_message
language plpgsql
as $$
begin
  return query
  with due as materialized (
    select q.id
    from public.whatsapp_message q
    where q.business_id = p_business_id
      and q.status in ('queued', 'sending')
      and (q.send_after is null or q.send_after <= clock_timestamp())
      and q.duplicate_of is null
      and not exists (
        select
        from public.whatsapp_message earlier
        where earlier.business_id = q.business_id
          and earlier.conversation_id = q.conversation_id
          and earlier.status in ('queued', 'sending')
          and earlier.id < q.id
          and (earlier.send_attempts > 0
            or earlier.send_after is null
            or earlier.send_after <= clock_timestamp())
      )
    order by q.id
    limit p_limit
    for update skip locked
  )
  update public.whatsapp_message m
  set status = 'sending',
      send_attempts = m.send_attempts + 1,
      send_after = clock_timestamp() + p_lease
  from due
  where m.business_id = p_business_id
    and m.id = due.id
  returning m.*;
end;
$$;

comment on function onethread.claim_queued_messages(bigint, int, interval) is
  'Marks due messages as sending for the length of the lease and returns them, the oldest of each '
  'conversation, for the caller alone. Commit before sending.';

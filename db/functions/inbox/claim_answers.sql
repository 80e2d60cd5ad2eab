-- Takes messages out of the queue, for one sender to deliver.
--
-- Committed before anything is sent: no lock is held while a provider takes its time. Two senders
-- never claim one row. A sender that dies leaves the row "sending"; after the lease it is free again,
-- so that a message may be sent twice but is not forgotten; send_attempts tells the claims apart, and
-- the ninth fails it. One message of a conversation at a time, so that answers arrive in their order.
create or replace function onethread.claim_answers(
  p_business_id bigint,
  p_limit int,
  p_lease interval,
  p_provider text default null,
  p_kinds text[] default null,
  p_own_number text default null
)
returns table (message public.whatsapp_message, failure text)
language plpgsql
as $$
declare
  v_own onethread.whatsapp_address := onethread.read_address(p_own_number, null);
  v_queued record;
  v_claim record;
  v_busy_ids bigint[] := '{}';
  v_claimed int := 0;
begin
  -- A lease that is over at once would let every sender deliver the same message.
  if p_lease > interval '0' is not true then
    raise exception 'the lease is not longer than nothing: %', coalesce(p_lease::text, 'null')
      using errcode = 'invalid_parameter_value',
        hint = 'Give the time that a provider may take, for instance ''2 minutes''.';
  end if;

  -- Who may not send is told so, also when nothing is due.
  perform
  from public.whatsapp_message m
  where m.business_id = p_business_id and m.id is null
  for update;

  for v_queued in
    select q.id, q.conversation_id, onethread.is_due(q) as is_due
    from public.whatsapp_message q
    where q.business_id = p_business_id
      and q.status in ('queued', 'sending')
      and onethread.is_unsent(q.direction, q.status::text)
      and q.duplicate_of is null
      and (q.send_attempts > 0 or onethread.is_due(q))
      and (q.status = 'sending' or onethread.is_senders_message(q, p_provider, v_own))
    order by q.id
  loop
    exit when v_claimed >= p_limit;
    continue when v_queued.conversation_id = any (v_busy_ids);
    if v_queued.is_due then
      v_claim := onethread.claim_answer(
        p_business_id, v_queued.id, p_lease, p_provider, p_kinds, v_own);
      continue when v_claim.is_others;
      if (v_claim.message).id is not null then
        message := v_claim.message;
        failure := v_claim.failure;
        return next;
        v_claimed := v_claimed + case when failure is null then 1 else 0 end;
        continue when failure is not null;
      end if;
    end if;
    v_busy_ids := v_busy_ids || v_queued.conversation_id;
  end loop;
end;
$$;

comment on function onethread.claim_answers(bigint, int, interval, text, text[], text) is
  'claim_queued_messages(), and beside what is claimed (failure null) the messages that could not be '
  'addressed and have failed, with the reason.';

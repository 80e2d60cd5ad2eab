-- End what is queued in conversations, then wait for what a sender has taken out already.
--
-- Before anybody is held: a sender notes what it sent in the row, and in an event. One that died has
-- left a lease that runs out.
create or replace function onethread.wait_for_senders(
  p_business_id bigint,
  p_conversation_ids bigint[]
)
returns void
language plpgsql
as $$
begin
  for v_try in 1..100 loop
    update public.whatsapp_message m
    set status = 'failed'
    where m.business_id = p_business_id
      and m.conversation_id = any (p_conversation_ids)
      and m.status in ('queued', 'sending')
      and onethread.is_unsent(m.direction, m.status::text)
      and (m.status = 'queued' or (m.send_after > clock_timestamp()) is not true);
    exit when not exists (
      select
      from public.whatsapp_message m
      where m.business_id = p_business_id
        and m.conversation_id = any (p_conversation_ids)
        and m.status = 'sending'
        and onethread.is_unsent(m.direction, m.status::text)
    );
    if v_try = 100 then
      raise exception 'a message to this person is being sent'
        using errcode = 'lock_not_available', hint = 'Try again in a minute.';
    end if;
    perform pg_sleep(0.1);
  end loop;
end;
$$;

comment on function onethread.wait_for_senders(bigint, bigint[]) is
  'Fails the queued messages of these conversations and waits up to ten seconds for those that are '
  'being sent. Raises 55P03 when they still are.';

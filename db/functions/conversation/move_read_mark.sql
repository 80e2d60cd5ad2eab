-- Set the read mark of a conversation to a place in time: the last inbound message up to there.
--
-- As mark_read() keeps it, and so that it names a message of this conversation. No such message: no
-- mark.
create or replace function onethread.move_read_mark(
  p_business_id bigint,
  p_conversation_id bigint,
  p_sent_at timestamptz,
  p_message_id bigint
)
returns void
language plpgsql
as $$
begin
  insert into onethread.conversation_read as r (business_id, conversation_id, sent_at, message_id)
  select m.business_id, m.conversation_id, m.sent_at, m.id
  from public.whatsapp_message m
  where m.business_id = p_business_id
    and m.conversation_id = p_conversation_id
    and lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
    and m.duplicate_of is null
    and (m.sent_at, m.id) <= (p_sent_at, p_message_id)
  order by m.sent_at desc, m.id desc
  limit 1
  on conflict (business_id, conversation_id) do update
  set sent_at = excluded.sent_at,
      message_id = excluded.message_id,
      changed_in = excluded.changed_in
  where (r.sent_at, r.message_id) <> (excluded.sent_at, excluded.message_id);

  delete from onethread.conversation_read r
  where r.business_id = p_business_id
    and r.conversation_id = p_conversation_id
    and not exists (
      select
      from public.whatsapp_message m
      where m.business_id = p_business_id
        and m.conversation_id = p_conversation_id
        and lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
        and m.duplicate_of is null
        and (m.sent_at, m.id) <= (p_sent_at, p_message_id)
    );
end;
$$;

comment on function onethread.move_read_mark(bigint, bigint, timestamptz, bigint) is
  'Marks the conversation read up to this place, forward or back; none when nothing inbound is '
  'before it.';

-- Somebody has read a conversation up to a message.
--
-- Kept as the last inbound message at or before it, not as that message itself: what a provider
-- delivers late, with a time before our own answer, is still unread. That message is held meanwhile:
-- one that is just being parted from this conversation is no place in it.
create or replace function onethread.mark_read(
  p_business_id bigint,
  p_conversation_id bigint,
  p_message_id bigint
)
returns void
language plpgsql
as $$
begin
  insert into onethread.conversation_read as r (business_id, conversation_id, sent_at, message_id)
  select m.business_id, m.conversation_id, m.sent_at, m.id
  from public.whatsapp_message seen
  inner join public.whatsapp_message m
    on m.business_id = seen.business_id
    and m.conversation_id = seen.conversation_id
    and lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
    and m.duplicate_of is null
    and onethread.is_plausible_time(m.sent_at)
    and (m.sent_at, m.id) <= (seen.sent_at, seen.id)
  where seen.business_id = p_business_id
    and seen.conversation_id = p_conversation_id
    and seen.id = p_message_id
  order by m.sent_at desc, m.id desc
  limit 1
  for share of m
  on conflict (business_id, conversation_id) do update
  set sent_at = excluded.sent_at,
      message_id = excluded.message_id,
      read_at = excluded.read_at,
      changed_in = excluded.changed_in
  where (r.sent_at, r.message_id) < (excluded.sent_at, excluded.message_id);
end;
$$;

comment on function onethread.mark_read(bigint, bigint, bigint) is
  'Marks the conversation read up to this message of it. The mark only moves forward.';

-- Somebody has opened a conversation by mistake, or leaves it to somebody else: its last inbound message
-- is unread again.
--
-- The mark goes back to the message before, or to the beginning of time. It is not deleted, because a
-- row that is gone tells no page that something changed.
create or replace function onethread.mark_unread(p_business_id bigint, p_conversation_id bigint)
returns void
language plpgsql
as $$
begin
  update onethread.conversation_read r
  set sent_at = coalesce(before.sent_at, '1970-01-01 00:00+00'),
      message_id = coalesce(before.id, 0),
      changed_in = pg_current_xact_id()::text::bigint
  from onethread.last_inbound_message(p_business_id, p_conversation_id) as last
  left join lateral (
    select m.sent_at, m.id
    from public.whatsapp_message m
    where m.business_id = p_business_id
      and m.conversation_id = p_conversation_id
      and lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
      and m.duplicate_of is null
      and onethread.is_plausible_time(m.sent_at)
      and (m.sent_at, m.id) < (last.sent_at, last.id)
    order by m.sent_at desc, m.id desc
    limit 1
  ) before on true
  where r.business_id = p_business_id
    and r.conversation_id = p_conversation_id
    and last.id is not null
    and (r.sent_at, r.message_id) >= (last.sent_at, last.id);
end;
$$;

comment on function onethread.mark_unread(bigint, bigint) is
  'Makes the last inbound message of a conversation unread, when all was read.';

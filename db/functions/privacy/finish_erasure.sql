-- The conversations and identities without a name go, and with them the knowledge who it was.
--
-- A message without any address may have been written to such a conversation meanwhile: whoever
-- does so holds the conversation, and is waited for.
create or replace function onethread.finish_erasure(p_erasure onethread.erasure)
returns void
language plpgsql
as $$
declare
  v_late onethread.erased_count;
begin
  perform
  from public.whatsapp_conversation c
  where c.business_id = p_erasure.business_id and c.id = any (p_erasure.conversation_ids)
  order by c.id
  for update;
  v_late := onethread.erase_messages(
    p_erasure.business_id, p_erasure.conversation_ids, null);
  perform onethread.erase_conversations(p_erasure.business_id, p_erasure.conversation_ids);

  update onethread.erasure e
  set step = 'done',
      keys = null,
      names = null,
      conversation_ids = null,
      messages = e.messages + v_late.messages,
      events = e.events + v_late.events,
      finished_at = clock_timestamp()
  where e.business_id = p_erasure.business_id
    and e.id = p_erasure.id;
end;
$$;

comment on function onethread.finish_erasure(onethread.erasure) is
  'Deletes what is left of an erased person''s conversations and makes the row an audit without '
  'personal data.';

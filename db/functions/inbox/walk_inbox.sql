-- The next so many messages of a walk through the inbox, newest first: a line of the page for each
-- conversation that it has not met yet. A message that is scheduled for later has no place yet.
create or replace function onethread.walk_inbox(
  p_business_id bigint,
  p_walk onethread.inbox_walk,
  p_rows bigint
)
returns onethread.inbox_walk
language plpgsql
stable
as $$
declare
  v_walk onethread.inbox_walk := p_walk;
  v_message record;
  v_seen bigint[] := p_walk.seen;
  v_conversation_ids bigint[] := p_walk.conversation_ids;
  v_message_ids bigint[] := p_walk.message_ids;
begin
  for v_message in
    select w.*
    from onethread.walk_messages(p_business_id, p_walk.sent_at, p_walk.id, p_rows, p_walk.seen) w
  loop
    continue when v_message.conversation_id is null
      or v_message.duplicate_of is not null
      or v_message.is_scheduled
      or v_message.conversation_id = any (v_seen);
    v_seen := v_seen || v_message.conversation_id;
    -- Walked from the top nothing can be newer; further down it may be on an earlier page.
    if not p_walk.is_from_top then
      continue when exists (
        select
        from public.whatsapp_message later
        where later.business_id = p_business_id
          and later.conversation_id = v_message.conversation_id
          and later.duplicate_of is null
          and not onethread.is_scheduled(later.status::text, later.send_after::timestamptz)
          and (later.sent_at, later.id) > (v_message.sent_at, v_message.id)
      );
    end if;
    v_conversation_ids := v_conversation_ids || v_message.conversation_id;
    v_message_ids := v_message_ids || v_message.id;
    v_walk.lines_left := v_walk.lines_left - 1;
    exit when v_walk.lines_left = 0;
  end loop;

  v_walk.seen := v_seen;
  v_walk.conversation_ids := v_conversation_ids;
  v_walk.message_ids := v_message_ids;
  v_walk.sent_at := v_message.sent_at;
  v_walk.id := v_message.id;
  v_walk.is_complete := v_walk.lines_left = 0 or v_message.number is distinct from p_rows;
  return v_walk;
end;
$$;

comment on function onethread.walk_inbox(bigint, onethread.inbox_walk, bigint) is
  'The walk after so many more messages. Complete: the page is full, or there are no more.';

-- The newest message of each conversation, newest first: the skeleton of a page of the inbox.
--
-- There is no last_message_at to read: keeping one would make every writer of a conversation
-- update the same row (100 times fewer messages a second on busy contacts, and deadlocks).
-- The newest messages are walked until the page is full, which is soon in nearly every inbox. When a
-- few chats fill them, the walk goes on where somebody else wrote; where it does not come through,
-- those who wrote there are asked for their newest message. So is everybody when few are left, or
-- when all this leads nowhere.
create or replace function onethread.list_newest_messages(
  p_business_id bigint,
  p_before text,
  p_page_size int
)
returns table (conversation_id bigint, message_id bigint)
language plpgsql
stable
rows 50
as $$
declare
  v_before record := onethread.read_cursor(p_before);
  v_sent_at timestamptz := coalesce(v_before.sent_at, 'infinity');
  v_id bigint := coalesce(v_before.id, 9223372036854775807);
  v_walk onethread.inbox_walk;
  v_rows bigint;
begin
  v_walk := row(
    p_before is null, v_sent_at, v_id, '{}', '{}', '{}', p_page_size, false, false, null);
  foreach v_rows in array array[200, 1000, 1000, 1000, 1000] loop
    v_walk := onethread.walk_inbox(p_business_id, v_walk, v_rows);
    exit when v_walk.is_complete;
    v_walk := onethread.skip_flood(p_business_id, v_walk, v_rows = 200);
    exit when v_walk.is_at_end;
  end loop;

  return query
  select line.conversation_id, line.message_id
  from unnest(v_walk.conversation_ids, v_walk.message_ids) as line (conversation_id, message_id);
  if v_walk.is_complete then
    return;
  end if;
  return query
  select l.conversation_id, l.message_id
  from onethread.list_last_messages(
    p_business_id,
    coalesce(v_walk.others, array(
      select c.id
      from public.whatsapp_conversation c
      where c.business_id = p_business_id
        and not exists (select from unnest(v_walk.seen) as seen (id) where seen.id = c.id)))) l
  where (l.sent_at, l.message_id) < (v_sent_at, v_id)
  order by l.sent_at desc, l.message_id desc
  limit v_walk.lines_left;
end;
$$;

comment on function onethread.list_newest_messages(bigint, text, int) is
  'A page of conversations with their newest message, in no particular order; before as in '
  'list_inbox().';

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
returns table (conversation_id bigint, message_id bigint, sent_at timestamptz)
language plpgsql
stable
rows 50
as $$
#variable_conflict use_column
declare
  v_before record := onethread.read_cursor(p_before);
  v_sent_at timestamptz := v_before.sent_at;
  v_id bigint := v_before.id;
  v_rows int := 200;
  v_message record;
  v_seen bigint[] := '{}';
  v_others bigint[];
  v_left int := p_page_size;
  v_quarter timestamptz;
begin
  for v_walk in 1..5 loop
    for v_message in
      select w.*
      from onethread.walk_messages(p_business_id, v_sent_at, v_id, v_rows, v_seen) w
    loop
      continue when v_message.conversation_id is null
        or v_message.duplicate_of is not null
        or v_message.conversation_id = any (v_seen);
      v_seen := v_seen || v_message.conversation_id;
      -- Walked from the top nothing can be newer; further down it may be on an earlier page.
      continue when p_before is not null and exists (
        select
        from public.whatsapp_message later
        where later.business_id = p_business_id
          and later.conversation_id = v_message.conversation_id
          and later.duplicate_of is null
          and (later.sent_at, later.id) > (v_message.sent_at, v_message.id)
      );
      conversation_id := v_message.conversation_id;
      message_id := v_message.id;
      sent_at := v_message.sent_at;
      return next;
      v_left := v_left - 1;
      exit when v_left = 0;
    end loop;
    if v_left = 0 or v_message.number is distinct from v_rows then
      return;
    end if;
    v_sent_at := v_message.sent_at;
    v_id := v_message.id;
    v_rows := 1000;

    exit when v_walk = 1 and not exists (
      select
      from public.whatsapp_conversation c
      where c.business_id = p_business_id
        and c.id <> all (v_seen)
      offset 300
    );
    v_quarter := onethread.find_other_quarter(p_business_id, v_sent_at, v_seen);
    exit when v_quarter is null;
    if v_quarter < date_bin('15 min', v_sent_at, '2000-01-01 00:00+00') then
      v_sent_at := v_quarter + interval '15 min';
      v_id := -9223372036854775808;
    elsif p_before is null and v_walk > 1 then
      v_others := onethread.find_other_conversations(p_business_id, v_sent_at, v_seen, v_left);
      exit;
    end if;
  end loop;

  return query
  select l.conversation_id, l.message_id, l.sent_at
  from onethread.list_last_messages(
    p_business_id,
    coalesce(v_others, array(
      select c.id
      from public.whatsapp_conversation c
      where c.business_id = p_business_id
        and not exists (select from unnest(v_seen) as seen (id) where seen.id = c.id)))) l
  where (l.sent_at, l.message_id) < (v_before.sent_at, v_before.id)
  order by l.sent_at desc, l.message_id desc
  limit v_left;
end;
$$;

comment on function onethread.list_newest_messages(bigint, text, int) is
  'A page of conversations with their newest message, in no particular order; before as in '
  'list_inbox().';

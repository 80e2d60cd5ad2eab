-- The newest message of each conversation, newest first: the skeleton of a page of the inbox.
--
-- There is no last_message_at to read: keeping one would make every writer of a conversation
-- update the same row (100 times fewer messages a second on busy contacts, and deadlocks).
-- First the newest messages are walked until the page is full, which is soon in nearly every
-- inbox; but only so far: when a few chats fill all of them, each conversation is asked for its
-- newest message.
create or replace function public.list_newest_messages(
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
  v_walk constant int := 1000;
  v_before record := public.read_cursor(p_before);
  v_message record;
  v_walked int := 0;
  v_seen bigint[] := '{}';
  v_page bigint[] := '{}';
begin
  for v_message in
    select m.conversation_id, m.id, m.sent_at, m.duplicate_of
    from public.whatsapp_message m
    where m.business_id = p_business_id
      and (m.sent_at, m.id) < (v_before.sent_at, v_before.id)
    order by m.sent_at desc, m.id desc
    limit v_walk
  loop
    v_walked := v_walked + 1;
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
    v_page := v_page || v_message.id;
    exit when cardinality(v_page) = p_page_size;
  end loop;

  if cardinality(v_page) = p_page_size or v_walked < v_walk then
    return query
    select m.conversation_id, m.id::bigint, m.sent_at
    from unnest(v_page) as page (id)
    inner join public.whatsapp_message m
      on m.business_id = p_business_id and m.id = page.id;
    return;
  end if;

  return query
  select c.id::bigint, newest.id::bigint, newest.sent_at
  from public.whatsapp_conversation c
  cross join lateral (
    select m.id, m.sent_at
    from public.whatsapp_message m
    where m.business_id = c.business_id
      and m.conversation_id = c.id
      and m.duplicate_of is null
    order by m.sent_at desc, m.id desc
    limit 1
  ) newest
  where c.business_id = p_business_id
    and (newest.sent_at, newest.id) < (v_before.sent_at, v_before.id)
  order by newest.sent_at desc, newest.id desc
  limit p_page_size;
end;
$$;

comment on function public.list_newest_messages(bigint, text, int) is
  'A page of conversations with their newest message, in no particular order; before as in '
  'list_inbox().';

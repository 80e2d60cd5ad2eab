-- The newest message of each conversation, newest first: the skeleton of a page of the inbox.
--
-- There is no last_message_at to read: keeping one would make every writer of a conversation
-- update the same row (100 times fewer messages a second on busy contacts, and deadlocks).
-- First the newest messages are walked, which fills a page in nearly every inbox; but only so
-- far: when a few chats fill all of them, each conversation is asked for its newest message.
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
  v_found int;
begin
  return query
  with walked as materialized (
    select m.conversation_id, m.id, m.sent_at, m.duplicate_of
    from public.whatsapp_message m
    where m.business_id = p_business_id
      and (m.sent_at, m.id) < (v_before.sent_at, v_before.id)
    order by m.sent_at desc, m.id desc
    limit v_walk
  ),
  newest as (
    select distinct on (w.conversation_id) w.conversation_id, w.id, w.sent_at
    from walked w
    where w.conversation_id is not null and w.duplicate_of is null
    order by w.conversation_id, w.sent_at desc, w.id desc
  ),
  sorted as materialized (
    select n.conversation_id, n.id, n.sent_at
    from newest n
    order by n.sent_at desc, n.id desc
  ),
  page as (
    -- Walked from the top nothing can be newer; further down it may be on an earlier page.
    select n.conversation_id, n.id, n.sent_at
    from sorted n
    where p_before is null or not exists (
      select
      from public.whatsapp_message later
      where later.business_id = p_business_id
        and later.conversation_id = n.conversation_id
        and later.duplicate_of is null
        and (later.sent_at, later.id) > (n.sent_at, n.id)
    )
    limit p_page_size
  )
  select p.conversation_id, p.id, p.sent_at
  from page p
  where (select count(*) from page) = p_page_size or (select count(*) from walked) < v_walk;

  get diagnostics v_found = row_count;
  if v_found > 0 then
    return;
  end if;

  return query
  select c.id, newest.id, newest.sent_at
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

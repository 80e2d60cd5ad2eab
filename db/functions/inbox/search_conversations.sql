-- Conversations by name, number or text, as somebody types it into a search box.
--
-- Definer, because a policy keeps the full text indexes from being used (@@ is not leakproof: 400
-- times slower); so it asks by itself whether its caller may read the business.
--
-- Every word must begin a word of the name, or of the text. Names and numbers go before texts; each with
-- the newest conversation first.
create or replace function onethread.search_conversations(
  p_business_id bigint,
  p_text text,
  p_page_size int default 50
)
returns table (conversation_id bigint, message_id bigint, match text)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
rows 50
as $$
#variable_conflict use_column
declare
  v_limit constant int := least(greatest(p_page_size, 1), 1000);
begin
  if not onethread.is_callers_business(
    p_business_id, 'onethread.search_conversations(bigint, text, int)') then
    return;
  end if;

  conversation_id := onethread.find_read_conversation(p_business_id, p_text);
  if conversation_id is not null then
    match := 'number';
    return next;
  end if;

  return query
  select f.id, null::bigint, min(f.match)
  from (
    select n.n as id, 'name' as match
    from onethread.search_names(p_business_id, p_text, 1000) as n
    union all
    select n.n, 'number'
    from onethread.search_numbers(p_business_id, p_text, 1000) as n
  ) f
  left join lateral onethread.list_last_messages(p_business_id, array[f.id]) as last on true
  group by f.id
  order by max(last.sent_at) desc nulls last, f.id desc
  limit v_limit;

  return query
  select m.conversation_id, m.id::bigint, 'text'
  from unnest(onethread.search_messages(p_business_id, p_text, v_limit)) as f (id)
  cross join lateral (
    select t.conversation_id, t.id, t.sent_at
    from public.whatsapp_message t
    where t.business_id = p_business_id and t.id = f.id
    offset 0
  ) m
  order by m.sent_at desc, m.id desc
  limit v_limit;
end;
$$;

comment on function onethread.search_conversations(bigint, text, int) is
  'Conversations whose address this is in any spelling, or a part of (match number), which have these '
  'words in one of their names (name), or in which a message has them in its text, its sender''s name or '
  'the name of its file (text, with the message), best first; a conversation may come once for each. '
  'Texts: all when has_text_index(), else those of the newest 10,000 messages. Empty for another '
  'tenant''s business.';

-- Conversations by name, number or text, as somebody types it into a search box.
--
-- Definer, because a policy keeps the full text indexes from being used (@@ is not leakproof: 400
-- times slower); so it asks by itself whether its caller may read the business.
--
-- Every word must begin a word of the name, or of the text. The expression repeats that of
-- lead_name_idx.
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
  v_words constant text[] := tsvector_to_array(to_tsvector('simple', left(p_text, 255)));
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

  if cardinality(v_words) = 0 then
    return;
  end if;

  return query
  select c.id::bigint, null::bigint, 'name'
  from public.lead l
  inner join public.whatsapp_conversation c
    on c.business_id = l.business_id and c.lead_id = l.id
  where l.business_id = p_business_id
    and l.name is not null
    and array_to_tsvector(array['business ' || l.business_id])
      || to_tsvector('simple', left(coalesce(l.name, ''), 255))
      @@ (quote_literal('business ' || p_business_id)::tsquery && onethread.prefix_query(v_words))
  order by c.id desc
  limit v_limit;

  return query
  select m.conversation_id, m.id::bigint, 'text'
  from unnest(onethread.search_messages(p_business_id, v_words, v_limit)) as f (id)
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
  'Conversations whose address this is in any spelling (match number), whose lead has these words in '
  'its name (name), or in which a message has them in its text or its sender''s name (text, with the '
  'message), best first; a conversation may come once for each. Texts: all when has_text_index(), else '
  'those of the newest 10,000 messages. Empty for another tenant''s business.';

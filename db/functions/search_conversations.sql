-- Conversations by name, number or text, as somebody types it into a search box.
--
-- Definer, because a policy keeps the full text index from being used (@@ is not leakproof: 400 times
-- slower); so it asks by itself whether its caller may read the business.
--
-- Every word must begin a word of the text, or of the name. A frequent word fills the page from the
-- newest messages alone; a rare one is looked up in the index. Where there is no such index (it costs
-- every insert, see db/text_index.sql), more of the newest messages are read, and no others.
-- Expressions repeat those of the indexes whatsapp_message_text_idx and lead_name_idx.
create or replace function public.search_conversations(
  p_business_id bigint,
  p_text text,
  p_page_size int default 50
)
returns table (conversation_id bigint, message_id bigint, match text)
language plpgsql
stable
security definer
set search_path = public, pg_temp
rows 50
as $$
#variable_conflict use_column
declare
  v_is_indexed constant boolean := public.has_text_index();
  v_walk constant int := case when v_is_indexed then 500 else 10000 end;
  v_limit constant int := least(greatest(p_page_size, 1), 1000);
  v_words tsquery;
  v_query tsquery;
  v_found bigint[];
begin
  if not public.is_readable_business(p_business_id) then
    return;
  end if;

  conversation_id := public.find_conversation(p_business_id, p_text);
  if conversation_id is not null then
    match := 'number';
    return next;
  end if;

  v_words := (
    select string_agg(quote_literal(w.word) || ':*', ' & ')::tsquery
    from unnest(tsvector_to_array(to_tsvector('simple', left(p_text, 255)))) as w (word)
  );
  if v_words is null then
    return;
  end if;
  v_query := quote_literal('business ' || p_business_id)::tsquery && v_words;

  return query
  select c.id, null::bigint, 'name'
  from public.lead l
  inner join public.whatsapp_conversation c
    on c.business_id = l.business_id and c.lead_id = l.id
  where l.business_id = p_business_id
    and l.name is not null
    and array_to_tsvector(array['business ' || l.business_id])
      || to_tsvector('simple', left(coalesce(l.name, ''), 255)) @@ v_query
  order by c.id desc
  limit v_limit;

  v_found := array(
    select max(m.id)
    from (
      select m.id, m.conversation_id, m.sent_at, m.direction, m.sender_name, m.body
      from public.whatsapp_message m
      where m.business_id = p_business_id
      order by m.sent_at desc, m.id desc
      limit v_walk
    ) m
    where m.conversation_id is not null
      and to_tsvector('simple', left(
          case when lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
            then coalesce(m.sender_name, '') else '' end, 255))
        || to_tsvector('simple', left(coalesce(m.body, ''), 65536)) @@ v_words
    group by m.conversation_id
  );
  if v_is_indexed and cardinality(v_found) < v_limit then
    v_found := array(
      select max(m.id)
      from public.whatsapp_message m
      where array_to_tsvector(array['business ' || m.business_id])
          || setweight(to_tsvector('simple', left(
            case when lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
              then coalesce(m.sender_name, '') else '' end, 255)), 'A')
          || to_tsvector('simple', left(coalesce(m.body, ''), 65536)) @@ v_query
        and m.conversation_id is not null
        and m.business_id = p_business_id
      group by m.conversation_id
    );
  end if;

  return query
  select m.conversation_id, m.id, 'text'
  from unnest(v_found) as f (id)
  inner join public.whatsapp_message m on m.business_id = p_business_id and m.id = f.id
  order by m.sent_at desc, m.id desc
  limit v_limit;
end;
$$;

comment on function public.search_conversations(bigint, text, int) is
  'Conversations whose address this is in any spelling (match number), whose lead has these words in '
  'its name (name), or in which a message has them in its text or its sender''s name (text, with the '
  'message), best first; a conversation may come once for each. Texts: all when has_text_index(), else '
  'those of the newest 10,000 messages. Empty for another tenant''s business.';

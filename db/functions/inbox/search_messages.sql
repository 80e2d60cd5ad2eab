-- Of each conversation in which a message has these words: the latest such message.
--
-- A frequent word fills the page from the newest messages alone; a rare one is looked up in the index.
-- Where there is no index (it costs every insert, see db/text_index.sql), more of the newest messages
-- are read instead, and no others. Their letters are compared first: to split a text into words costs seven
-- times as much. What has no words may be pictures, which the letters find.
create or replace function onethread.search_messages(
  p_business_id bigint,
  p_text text,
  p_limit int
)
returns bigint[]
language plpgsql
stable
as $$
declare
  v_words constant text[] := tsvector_to_array(to_tsvector('simple', left(p_text, 255)));
  v_query tsquery := onethread.prefix_query(v_words);
  v_is_indexed constant boolean := v_query is not null and onethread.has_text_index();
  v_walk int;
  v_letters text[] := array(
    select '%' || regexp_replace(w.word, '([\\%_])', '\\\1', 'g') || '%'
    from unnest(case when v_query is null then array[btrim(left(p_text, 255))] else v_words end)
      as w (word)
  );
  v_found bigint[];
begin
  if v_query is null and p_text !~ '[^\u0001-\u02FF\u2000-\u206F]' then
    return '{}';
  end if;
  foreach v_walk in array case when v_is_indexed then array[500] else array[500, 10000] end
  loop
    v_found := array(
      select max(m.id)
      from (
        select m.id, m.conversation_id, m.direction, m.sender_name, m.body, m.media
        from public.whatsapp_message m
        where m.business_id = p_business_id
        order by m.sent_at desc, m.id desc
        limit v_walk
      ) m
      where m.conversation_id is not null
        and lower(concat_ws(' ', m.sender_name, m.body, m.media ->> 'filename')) like all (v_letters)
        and (v_query is null or onethread.message_words(
          m.direction::text, m.sender_name::text, m.body::text, m.media) @@ v_query)
      group by m.conversation_id
    );
    exit when cardinality(v_found) >= p_limit;
  end loop;
  if not v_is_indexed or cardinality(v_found) >= p_limit then
    return v_found;
  end if;

  v_query := quote_literal('business ' || p_business_id)::tsquery && v_query;
  return array(
    select max(m.id)
    from public.whatsapp_message m
    where array_to_tsvector(array['business ' || m.business_id])
        || onethread.message_words(
          m.direction::text, m.sender_name::text, m.body::text, m.media) @@ v_query
      and m.conversation_id is not null
      and m.business_id = p_business_id
    group by m.conversation_id
  );
end;
$$;

comment on function onethread.search_messages(bigint, text, int) is
  'Ids of messages with words that begin with these in the text, the file''s or the sender''s name, one '
  'for each conversation: of all messages when has_text_index(), else, and when those fill the page, of '
  'the newest ones.';

-- Of each conversation in which a message has these words: the latest such message.
--
-- A frequent word fills the page from the newest messages alone; a rare one is looked up in the index.
-- Where there is no index (it costs every insert, see db/text_index.sql), more of the newest messages
-- are read instead, and no others. Their letters are compared first: to split a text into words costs seven
-- times as much. The expressions repeat that of whatsapp_message_text_idx.
create or replace function onethread.search_messages(
  p_business_id bigint,
  p_words text[],
  p_limit int
)
returns bigint[]
language plpgsql
stable
as $$
declare
  v_is_indexed constant boolean := onethread.has_text_index();
  v_walk int;
  v_query tsquery := onethread.prefix_query(p_words);
  v_letters text[] := array(
    select '%' || regexp_replace(w.word, '([\\%_])', '\\\1', 'g') || '%'
    from unnest(p_words) as w (word)
  );
  v_found bigint[];
begin
  foreach v_walk in array case when v_is_indexed then array[500] else array[500, 10000] end
  loop
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
        and lower(concat_ws(' ', m.sender_name, m.body)) like all (v_letters)
        and to_tsvector('simple', left(
            case when lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
              then coalesce(m.sender_name, '') else '' end, 255))
          || to_tsvector('simple', left(coalesce(m.body, ''), 65536)) @@ v_query
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
        || setweight(to_tsvector('simple', left(
          case when lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
            then coalesce(m.sender_name, '') else '' end, 255)), 'A')
        || to_tsvector('simple', left(coalesce(m.body, ''), 65536)) @@ v_query
      and m.conversation_id is not null
      and m.business_id = p_business_id
    group by m.conversation_id
  );
end;
$$;

comment on function onethread.search_messages(bigint, text[], int) is
  'Ids of messages with words that begin with these, one for each conversation: of all messages when '
  'has_text_index(), else, and when those fill the page, of the newest ones.';

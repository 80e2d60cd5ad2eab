-- The full text index of search_conversations(), for who wants every message searched: made and
-- dropped by `onethread search-index`, or by psql with this file.
--
-- No migration makes it: splitting each new text into words, and keeping them, takes half as long as
-- all else that an insert does. Without it the newest messages are searched.
--
-- The words as message_words() makes them. The tenant is
-- a word too, as in lead_words_idx. Cut, because an index entry that is too large refuses the row.
create index concurrently whatsapp_message_text_idx
  on public.whatsapp_message
  using gin ((
    array_to_tsvector(array['business ' || business_id])
    || (setweight(to_tsvector('simple', left(
      case when lower(direction) in ('in', 'inbound', 'incoming', 'received')
        then coalesce(sender_name, '') else '' end, 255)), 'A')
    || to_tsvector('simple', left(coalesce(body, ''), 65536))
    || to_tsvector('simple', coalesce(
      left(media ->> 'filename', 255) || ' '
        || translate(left(media ->> 'filename', 255), '._-', '   '), '')))
  ));

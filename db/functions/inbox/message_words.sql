-- The words under which a message is found: of its text, its file's name and the name that a person shows.
--
-- Of built-in functions only, so that the planner puts it in place of the call:
-- whatsapp_message_text_idx repeats the expression (db/text_index.sql).
create or replace function onethread.message_words(
  p_direction text,
  p_sender_name text,
  p_body text,
  p_media jsonb
)
returns tsvector
language sql
immutable
parallel safe
as $$
select setweight(to_tsvector('simple', left(
    case when lower(p_direction) in ('in', 'inbound', 'incoming', 'received')
      then coalesce(p_sender_name, '') else '' end, 255)), 'A')
  || to_tsvector('simple', left(coalesce(p_body, ''), 65536))
  || to_tsvector('simple', coalesce(
    left(p_media ->> 'filename', 255) || ' '
      || translate(left(p_media ->> 'filename', 255), '._-', '   '), ''))
$$;

comment on function onethread.message_words(text, text, text, jsonb) is
  'Words of the first 65,536 characters of the text, of media''s filename, and of an inbound sender''s '
  'name (weight A).';

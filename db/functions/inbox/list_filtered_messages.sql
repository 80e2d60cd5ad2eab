-- list_newest_messages() of those conversations only that are unread, or wait for an answer.
create or replace function onethread.list_filtered_messages(
  p_business_id bigint,
  p_filter text,
  p_before text,
  p_page_size int
)
returns table (conversation_id bigint, message_id bigint)
language plpgsql
stable
rows 50
as $$
declare
  v_before record := onethread.read_cursor(p_before);
begin
  return query
  select l.conversation_id, l.message_id
  from onethread.list_last_messages(
    p_business_id,
    array(
      select o.conversation_id
      from onethread.list_open(p_business_id) o
      where p_filter is distinct from 'unread' and p_filter is distinct from 'waiting'
        or p_filter = 'unread' and o.is_unread
        or p_filter = 'waiting' and o.is_waiting
    )) l
  where (l.sent_at, l.message_id) < (
    coalesce(v_before.sent_at, 'infinity'), coalesce(v_before.id, 9223372036854775807))
  order by l.sent_at desc, l.message_id desc
  limit p_page_size;
end;
$$;

comment on function onethread.list_filtered_messages(bigint, text, text, int) is
  'A page of the conversations that are unread (filter unread), wait for an answer (waiting), or '
  'either, with their newest message; before as in list_inbox().';

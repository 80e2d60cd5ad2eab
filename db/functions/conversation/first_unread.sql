-- From which message on has nobody read a conversation?
create or replace function onethread.first_unread(
  p_business_id bigint,
  p_conversation_id bigint
)
returns table (sent_at timestamptz, id bigint)
language sql
stable
rows 1
as $$
select m.sent_at, m.id
from public.whatsapp_message m
where m.business_id = p_business_id
  and m.conversation_id = p_conversation_id
  and lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
  and m.duplicate_of is null
  and (m.sent_at, m.id) > (
    coalesce(
      (
        select r.sent_at
        from onethread.conversation_read r
        where r.business_id = p_business_id and r.conversation_id = p_conversation_id
      ),
      '1970-01-01 00:00+00'),
    coalesce(
      (
        select r.message_id
        from onethread.conversation_read r
        where r.business_id = p_business_id and r.conversation_id = p_conversation_id
      ),
      0))
order by m.sent_at, m.id
limit 1
$$;

comment on function onethread.first_unread(bigint, bigint) is
  'Time and id of the earliest inbound message after the read mark; no row when all is read.';

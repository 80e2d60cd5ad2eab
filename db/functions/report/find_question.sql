-- What a message of the business answers: the first message of the person after the business's last.
--
-- What an automation sends counts as little as what is not sent: neither is an answer. No row: the
-- person has not written since. A table, because as that it becomes a part of the query that asks.
--
-- greatest(), not coalesce(), when nothing was before: under a policy an index is entered only by what is
-- known not to leak, and with coalesce() each answer would read its thread from the beginning.
create or replace function onethread.find_question(
  p_business_id bigint,
  p_conversation_id bigint,
  p_sent_at timestamptz,
  p_id bigint
)
returns table (id bigint, sent_at timestamptz)
language sql
stable
rows 1
as $$
select i.id::bigint, i.sent_at
from (select) message
left join lateral (
  select o.sent_at, o.id
  from public.whatsapp_message o
  where o.business_id = p_business_id
    and o.conversation_id = p_conversation_id
    and o.duplicate_of is null
    and onethread.is_answer(o.direction, o.status, o.source)
    and (o.sent_at, o.id) < (p_sent_at, p_id)
  order by o.sent_at desc, o.id desc
  limit 1
) before on true
cross join lateral (
  select i.id, i.sent_at
  from public.whatsapp_message i
  where i.business_id = p_business_id
    and i.conversation_id = p_conversation_id
    and lower(i.direction) in ('in', 'inbound', 'incoming', 'received')
    and i.duplicate_of is null
    and (i.sent_at, i.id) > (greatest(before.sent_at, '-infinity'), greatest(before.id, 0))
    and (i.sent_at, i.id) < (p_sent_at, p_id)
  order by i.sent_at, i.id
  limit 1
) i
$$;

comment on function onethread.find_question(bigint, bigint, timestamptz, bigint) is
  'The first message of the person after the business''s last and before the message given, which '
  'answers it; no row when there is none.';

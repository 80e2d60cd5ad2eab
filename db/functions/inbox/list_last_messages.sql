-- The newest message of each of some conversations: one probe of whatsapp_message_thread_idx each.
create or replace function onethread.list_last_messages(
  p_business_id bigint,
  p_conversation_ids bigint[]
)
returns table (conversation_id bigint, message_id bigint, sent_at timestamptz)
language sql
stable
as $$
select c.id, newest.id, newest.sent_at
from unnest(p_conversation_ids) as c (id)
cross join lateral (
  select m.id, m.sent_at
  from public.whatsapp_message m
  where m.business_id = p_business_id
    and m.conversation_id = c.id
    and m.duplicate_of is null
    and not onethread.is_scheduled(m.status::text, m.send_after::timestamptz)
  order by m.sent_at desc, m.id desc
  limit 1
) newest
$$;

comment on function onethread.list_last_messages(bigint, bigint[]) is
  'The newest message of each conversation that has any, in no particular order.';

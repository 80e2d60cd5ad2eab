-- How far will a conversation have been read, once the messages of a plan have moved? Asked before.
--
-- Just before the earliest inbound message that is unread in any of those that come together; when all
-- is read, as far as the one that was read furthest. A conversation without an inbound message counts
-- for nothing.
create or replace function onethread.joined_read_marks(
  p_business_id bigint,
  p_plan onethread.whatsapp_identity_plan[]
)
returns table (conversation_id bigint, sent_at timestamptz, message_id bigint)
language sql
stable
as $$
with joined as (
  select m.conversation_id, m.source_id
  from onethread.moved_conversations(p_business_id, p_plan) as m
  union
  select m.conversation_id, m.conversation_id
  from onethread.moved_conversations(p_business_id, p_plan) as m
)
select
  j.conversation_id,
  coalesce(
    (array_agg(unread.sent_at order by unread.sent_at, unread.id)
      filter (where unread.id is not null))[1],
    (array_agg(r.sent_at order by r.sent_at desc, r.message_id desc)
      filter (where r.message_id is not null))[1]),
  coalesce(
    (array_agg(unread.id - 1 order by unread.sent_at, unread.id)
      filter (where unread.id is not null))[1],
    (array_agg(r.message_id order by r.sent_at desc, r.message_id desc)
      filter (where r.message_id is not null))[1])
from joined j
left join lateral onethread.first_unread(p_business_id, j.source_id) as unread on true
left join onethread.conversation_read r
  on r.business_id = p_business_id and r.conversation_id = j.source_id
group by j.conversation_id
$$;

comment on function onethread.joined_read_marks(bigint, onethread.whatsapp_identity_plan[]) is
  'For each conversation that gets messages of another one by the plan: the place up to which it '
  'will have been read (move_read_mark), nulls when nobody has read any.';

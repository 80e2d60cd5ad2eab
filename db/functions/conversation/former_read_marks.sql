-- How far was each thread read before a join that is undone now?
--
-- The survivor may have absorbed others since: what was unread in them does not become read.
create or replace function onethread.former_read_marks(
  p_business_id bigint,
  p_conversation_ids bigint[]
)
returns table (conversation_id bigint, sent_at timestamptz, message_id bigint)
language sql
stable
as $$
with undone as (
  select g.*
  from onethread.whatsapp_conversation_merge g
  where g.business_id = p_business_id
    and g.absorbed_id = any (p_conversation_ids)
    and g.undone_at is not null
)
select u.absorbed_id, u.absorbed_read_at, u.absorbed_read_id
from undone u
where u.absorbed_read_at is not null

union all
select
  u.survivor_id,
  case when unread.id is null then u.survivor_read_at
    else least(u.survivor_read_at, unread.sent_at) end,
  case when unread.id is null
      or (u.survivor_read_at, u.survivor_read_id) < (unread.sent_at, unread.id)
    then u.survivor_read_id else unread.id - 1 end
from undone u
left join lateral (
  select m.sent_at, m.id
  from onethread.whatsapp_conversation_merge g
  inner join public.whatsapp_message m
    on m.business_id = g.business_id
    and m.conversation_id = g.survivor_id
    and m.identity_id = any (g.identity_ids)
    and lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
    and m.duplicate_of is null
    and (m.sent_at, m.id) > (
      greatest(g.absorbed_read_at, '1970-01-01 00:00+00'), greatest(g.absorbed_read_id, 0))
  where g.business_id = p_business_id
    and g.survivor_id = u.survivor_id
    and g.id > u.id
    and g.undone_at is null
  order by m.sent_at, m.id
  limit 1
) unread on true
where u.survivor_read_at is not null
  and onethread.find_conversation_by_id(p_business_id, u.survivor_id) = u.survivor_id
$$;

comment on function onethread.former_read_marks(bigint, bigint[]) is
  'The read marks that the log has kept of joins into which these conversations went and that are '
  'undone, of both sides; of a survivor that is absorbed itself none.';

-- The next rows below a place in the inbox's order: those of conversations not seen yet, and the
-- last one in any case. Its number says whether there were so many rows, and it is where to go on.
create or replace function onethread.walk_messages(
  p_business_id bigint,
  p_sent_at timestamptz,
  p_id bigint,
  p_rows bigint,
  p_seen bigint[]
)
returns table (
  number bigint,
  conversation_id bigint,
  id bigint,
  sent_at timestamptz,
  duplicate_of bigint,
  is_scheduled boolean
)
language sql
stable
as $$
select
  w.number, w.conversation_id, w.id, w.sent_at, w.duplicate_of,
  onethread.is_scheduled(w.status, w.send_after)
from (
  select
    row_number() over (order by m.sent_at desc, m.id desc) as number,
    m.conversation_id, m.id, m.sent_at, m.duplicate_of,
    m.status::text as status, m.send_after::timestamptz as send_after
  from public.whatsapp_message m
  where m.business_id = p_business_id
    and (m.sent_at, m.id) < (p_sent_at, p_id)
  order by m.sent_at desc, m.id desc
  limit p_rows
) w
where w.number = p_rows
  or (w.conversation_id <> all (p_seen) and w.duplicate_of is null)
order by w.sent_at desc, w.id desc
$$;

comment on function onethread.walk_messages(bigint, timestamptz, bigint, bigint, bigint[]) is
  'Of the next so many messages before (sent_at, id), newest first, those of other conversations '
  'than the ones seen, and the last.';

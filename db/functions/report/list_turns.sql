-- When it is the other side's turn: in the threads of persons, the first message of the person after the
-- business's last, and the first of the business after the person's.
--
-- All threads at once, sorted: list_response_times() reads a month by it. asked_at and asked_id are of
-- the turn before; what stands before the time asked is not read, so the first two turns of a thread
-- (turn 1 and 2) may not know where theirs began. Groups are few: their ids are read before.
create or replace function onethread.list_turns(
  p_business_id bigint,
  p_since timestamptz,
  p_until timestamptz
)
returns table (
  conversation_id bigint,
  id bigint,
  sent_at timestamptz,
  source text,
  is_inbound boolean,
  turn bigint,
  asked_id bigint,
  asked_at timestamptz
)
language sql
stable
as $$
select t.conversation_id::bigint, t.id::bigint, t.sent_at, t.source::text, t.is_inbound,
  row_number() over thread, lag(t.id) over thread, lag(t.sent_at) over thread
from (
  select m.conversation_id, m.id, m.sent_at, m.source, side.is_inbound,
    lag(side.is_inbound) over thread as was_inbound
  from public.whatsapp_message m
  cross join lateral (
    select onethread.message_direction(m.direction) = 'inbound'
  ) as side (is_inbound)
  where m.business_id = p_business_id
    and m.sent_at >= p_since
    and m.sent_at < p_until
    and onethread.is_plausible_time(m.sent_at)
    and m.duplicate_of is null
    and (
      side.is_inbound
      or onethread.is_answer(m.direction, m.status, m.source)
    )
    and m.conversation_id is not null
    and m.conversation_id <> all (array(
      select c.id
      from public.whatsapp_conversation c
      where c.business_id = p_business_id and c.kind <> 'person'))
  window thread as (partition by m.conversation_id order by m.sent_at, m.id)
) t
where t.is_inbound is distinct from t.was_inbound
window thread as (partition by t.conversation_id order by t.sent_at, t.id)
$$;

comment on function onethread.list_turns(bigint, timestamptz, timestamptz) is
  'In persons'' threads between two times: each first message of a side after the other''s, and which '
  'one it follows.';

-- crm_response_time of a time, all threads at once.
--
-- The view asks each message of the business what it answers: right for a thread and for a day, and
-- half as fast over a month of a large business. Only who spoke first in the time is asked that here:
-- a question may be older.
create or replace function onethread.list_response_times(
  p_business_id bigint,
  p_since timestamptz,
  p_until timestamptz
)
returns table (
  business_id bigint,
  conversation_id bigint,
  message_id bigint,
  source text,
  asked_message_id bigint,
  asked_at timestamptz,
  answered_at timestamptz,
  day date,
  response_time interval,
  response_open_time interval,
  is_first boolean
)
language sql
stable
as $$
select b.id::bigint, a.conversation_id, a.id, coalesce(nullif(lower(a.source), ''), 'unknown'),
  asked.id, asked.sent_at, a.sent_at, (a.sent_at at time zone b.time_zone)::date,
  a.sent_at - asked.sent_at,
  (select open.open_time from onethread.open_time(b.id, asked.sent_at, a.sent_at) as open),
  not exists (
    select
    from public.whatsapp_message i
    where i.business_id = b.id
      and i.conversation_id = a.conversation_id
      and lower(i.direction) in ('in', 'inbound', 'incoming', 'received')
      and i.duplicate_of is null
      and (i.sent_at, i.id) < (asked.sent_at, asked.id)
  )
from public.business b
cross join lateral onethread.list_turns(b.id, p_since, p_until) as a
left join lateral onethread.find_question(
  b.id, case when a.turn <= 2 then a.conversation_id end, a.sent_at, a.id) as older on true
cross join lateral (
  select coalesce(older.id, a.asked_id) as id, coalesce(older.sent_at, a.asked_at) as sent_at
) asked
where b.id = p_business_id
  and not a.is_inbound
  and onethread.is_plausible_time(asked.sent_at)
$$;

comment on function onethread.list_response_times(bigint, timestamptz, timestamptz) is
  'The rows of crm_response_time from a time on and before another, for many days of a large business.';

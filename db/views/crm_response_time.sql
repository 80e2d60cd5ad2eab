create or replace view public.crm_response_time
with (security_invoker = true) as
select
  m.business_id,
  m.conversation_id,
  m.id as message_id,
  coalesce(nullif(lower(m.source), ''), 'unknown') as source,
  asked.id as asked_message_id,
  asked.sent_at as asked_at,
  m.sent_at as answered_at,
  (m.sent_at at time zone b.time_zone)::date as day,
  m.sent_at - asked.sent_at as response_time,
  (
    select open.open_time
    from onethread.open_time(m.business_id, asked.sent_at, m.sent_at) as open
  ) as response_open_time,
  not exists (
    select
    from public.whatsapp_message i
    where i.business_id = m.business_id
      and i.conversation_id = m.conversation_id
      and lower(i.direction) in ('in', 'inbound', 'incoming', 'received')
      and i.duplicate_of is null
      and (i.sent_at, i.id) < (asked.sent_at, asked.id)
  ) as is_first
from public.whatsapp_message m
inner join public.business b
  on b.id = m.business_id
inner join public.whatsapp_conversation c
  on c.business_id = m.business_id and c.id = m.conversation_id and c.kind = 'person'
cross join lateral onethread.find_question(
  m.business_id, m.conversation_id, m.sent_at, m.id) as asked
where m.duplicate_of is null
  -- How long it took is known only when both times can be.
  and onethread.is_plausible_time(m.sent_at)
  and onethread.is_plausible_time(asked.sent_at)
  and onethread.is_answer(m.direction, m.status, m.source);

comment on view public.crm_response_time is
  'Every answer to a person: the first message of the business after one or more of theirs; what an '
  'automation sends (a reminder) is none. Give business_id, and a range of answered_at (which an index '
  'serves; day does not); list_response_times() is faster over many days.';
comment on column public.crm_response_time.business_id is 'The tenant.';
comment on column public.crm_response_time.conversation_id is 'whatsapp_conversation.id.';
comment on column public.crm_response_time.message_id is 'The answer.';
comment on column public.crm_response_time.source is
  'Who answered: agent, bot, ... as its writer says, in lower case; else unknown.';
comment on column public.crm_response_time.asked_message_id is
  'The first message of the person after the business''s last.';
comment on column public.crm_response_time.asked_at is 'When that was sent.';
comment on column public.crm_response_time.answered_at is 'When the answer was sent.';
comment on column public.crm_response_time.day is
  'Day of the answer by the business''s clock (business.time_zone).';
comment on column public.crm_response_time.response_time is 'From asked_at to answered_at.';
comment on column public.crm_response_time.response_open_time is
  'The part of it that lies in the business''s hours (business_hour); all of it when it has none.';
comment on column public.crm_response_time.is_first is
  'The first answer that this person ever got.';

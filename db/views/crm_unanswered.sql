create or replace view public.crm_unanswered
with (security_invoker = true) as
select
  c.business_id,
  c.id as conversation_id,
  coalesce(
    called.name,
    (
      select known.addresses[1]
      from onethread.conversation_identifiers(c.business_id, c.id) as known
    ),
    c.canonical_key
  ) as display_name,
  c.lead_id,
  asked.id as message_id,
  asked.shown_at as waiting_since,
  now() - asked.shown_at as waiting_time,
  (
    select open.open_time
    from onethread.open_time(c.business_id, asked.shown_at, now()) as open
  ) as waiting_open_time
from public.whatsapp_conversation c
cross join lateral onethread.known_name(c) as called
left join lateral (
  select m.sent_at, m.id
  from public.whatsapp_message m
  where m.business_id = c.business_id
    and m.conversation_id = c.id
    and m.duplicate_of is null
    and onethread.is_answer(m.direction, m.status, m.source)
  order by m.sent_at desc, m.id desc
  limit 1
) answered on true
cross join lateral (
  select m.id, onethread.message_sent_at(m) as shown_at
  from public.whatsapp_message m
  where m.business_id = c.business_id
    and m.conversation_id = c.id
    and lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
    and m.duplicate_of is null
    -- Not coalesce(): see find_question().
    and (m.sent_at, m.id) > (
      greatest(answered.sent_at, '-infinity'), greatest(answered.id, 0))
  order by m.sent_at, m.id
  limit 1
) asked
where c.kind = 'person';

comment on view public.crm_unanswered is
  'Persons who wrote and wait for an answer, whoever is to give it (agent, bot); what an automation '
  'sends (a reminder) is none. Always give business_id.';
comment on column public.crm_unanswered.business_id is 'The tenant.';
comment on column public.crm_unanswered.conversation_id is 'whatsapp_conversation.id.';
comment on column public.crm_unanswered.display_name is 'As in crm_conversation.';
comment on column public.crm_unanswered.lead_id is 'The CRM''s person; null: none is tied to it.';
comment on column public.crm_unanswered.message_id is 'The first message without an answer.';
comment on column public.crm_unanswered.waiting_since is 'When that was sent.';
comment on column public.crm_unanswered.waiting_time is 'From then to now.';
comment on column public.crm_unanswered.waiting_open_time is
  'The part of it that lies in the business''s hours (business_hour); all of it when it has none.';

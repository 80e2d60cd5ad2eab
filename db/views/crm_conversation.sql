create or replace view public.crm_conversation
with (security_invoker = true) as
select
  c.business_id,
  c.id as conversation_id,
  c.kind,
  coalesce(called.name, known.identifiers[1], c.canonical_key) as display_name,
  known.identifiers,
  c.lead_id,
  oldest.sent_at as first_message_at,
  newest.sent_at as last_message_at,
  asked.sent_at as last_inbound_at,
  answered.shown_at as last_outbound_at,
  onethread.count_unread(c.business_id, c.id) as unread,
  (
    select count(*)
    from public.whatsapp_message m
    where m.business_id = c.business_id
      and m.conversation_id = c.id
      and lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
      and m.duplicate_of is null
      -- Not coalesce(): see find_question().
      and (m.sent_at, m.id)
        > (greatest(replied.sent_at, '-infinity'), greatest(replied.id, 0))
  ) as unanswered,
  answer.reply_address,
  answer.own_number,
  asked.sent_at + interval '24 hours' as service_window_until
from public.whatsapp_conversation c
cross join lateral onethread.known_name(c) as called
cross join lateral onethread.conversation_identifiers(c.business_id, c.id) as known (identifiers)
cross join lateral (
  select case when last.id is not null then onethread.message_sent_at(last) end as sent_at
  from onethread.last_inbound_message(c.business_id, c.id) as last
) asked
cross join lateral onethread.reply_address(c.business_id, c.id) as answer
left join lateral (
  select onethread.message_sent_at(m) as sent_at
  from public.whatsapp_message m
  where m.business_id = c.business_id
    and m.conversation_id = c.id
    and m.duplicate_of is null
  order by m.sent_at, m.id
  limit 1
) oldest on true
left join lateral (
  select onethread.message_sent_at(m) as sent_at
  from public.whatsapp_message m
  where m.business_id = c.business_id
    and m.conversation_id = c.id
    and m.duplicate_of is null
  order by m.sent_at desc, m.id desc
  limit 1
) newest on true
left join lateral (
  select onethread.message_sent_at(m) as shown_at
  from public.whatsapp_message m
  where m.business_id = c.business_id
    and m.conversation_id = c.id
    and m.duplicate_of is null
    and onethread.is_sent_message(m.direction, m.status)
  order by m.sent_at desc, m.id desc
  limit 1
) answered on true
left join lateral (
  select m.sent_at, m.id
  from public.whatsapp_message m
  where m.business_id = c.business_id
    and m.conversation_id = c.id
    and m.duplicate_of is null
    and onethread.is_answer(m.direction, m.status, m.source)
  order by m.sent_at desc, m.id desc
  limit 1
) replied on true;

comment on view public.crm_conversation is
  'One row a conversation: who it is, when it was last heard of, what waits. Always give business_id.';
comment on column public.crm_conversation.business_id is 'The tenant.';
comment on column public.crm_conversation.conversation_id is 'whatsapp_conversation.id.';
comment on column public.crm_conversation.kind is 'person, group, broadcast, newsletter or other.';
comment on column public.crm_conversation.display_name is
  'The lead''s name, else the name the person shows, else the strongest identifier.';
comment on column public.crm_conversation.identifiers is
  'All identifiers that lead here (+digits, CC.bsuid, digits@lid, ...), the strongest first.';
comment on column public.crm_conversation.lead_id is 'The CRM''s person; null: none is tied to it.';
comment on column public.crm_conversation.first_message_at is 'sent_at of the oldest message.';
comment on column public.crm_conversation.last_message_at is
  'sent_at of the newest message, also one that is still queued.';
comment on column public.crm_conversation.last_inbound_at is 'When the person last wrote.';
comment on column public.crm_conversation.last_outbound_at is
  'When the business (agent, bot, automation) last wrote; queued and failed messages do not count.';
comment on column public.crm_conversation.unread is
  'Inbound messages that nobody has marked as read (conversation_read).';
comment on column public.crm_conversation.unanswered is
  'Inbound messages since the last answer; a bot''s is one, what an automation sends is none.';
comment on column public.crm_conversation.reply_address is
  'Where an answer goes, see reply_address(); null: nowhere.';
comment on column public.crm_conversation.own_number is
  'Our own number that an answer is sent from.';
comment on column public.crm_conversation.service_window_until is
  'Until then WhatsApp''s Cloud API takes free text: 24 hours after the last inbound message.';

create or replace view public.whatsapp_inbox
with (security_invoker = true) as
select
  c.business_id::bigint as business_id,
  c.id::bigint as conversation_id,
  c.kind::text as kind,
  c.canonical_key::text as canonical_key,
  coalesce(called.name, known.addresses[1], c.canonical_key)::text as title,
  known.addresses,
  c.lead_id::bigint as lead_id,
  m.id::bigint as message_id,
  coalesce(onethread.message_direction(m.direction), m.direction)::text as direction,
  m.source::text as source,
  m.kind::text as message_kind,
  m.body,
  m.sent_at,
  answer.reply_address,
  answer.own_number
from public.whatsapp_conversation c
cross join lateral onethread.known_name(c) as called
cross join lateral onethread.conversation_identifiers(c.business_id, c.id) as known
cross join lateral (
  select t.id, t.direction, t.source, t.kind, state.body,
    onethread.message_sent_at(t) as sent_at
  from public.whatsapp_message t
  cross join lateral onethread.message_state(t) as state
  where t.business_id = c.business_id
    and t.conversation_id = c.id
    and t.duplicate_of is null
  order by t.sent_at desc, t.id desc
  limit 1
) m
cross join lateral onethread.reply_address(c.business_id, c.id) as answer;

comment on view public.whatsapp_inbox is
  'Every conversation with its newest message. Always give business_id; for a page of a large '
  'inbox use list_inbox().';
comment on column public.whatsapp_inbox.reply_address is
  'Where an answer goes, see reply_address(); null: nowhere.';
comment on column public.whatsapp_inbox.own_number is
  'Our own number that an answer is sent from.';

create or replace view public.whatsapp_thread
with (security_invoker = true) as
select
  m.business_id,
  m.conversation_id,
  m.id,
  coalesce(public.message_direction(m.direction), m.direction) as direction,
  m.source,
  m.kind,
  m.body,
  m.media,
  m.sender_name,
  m.participant,
  m.from_number,
  m.to_number,
  m.provider,
  m.provider_message_id,
  m.reply_to,
  m.lead_id,
  m.identity_id,
  m.sent_at,
  m.created_at
from public.whatsapp_message m
where m.conversation_id is not null
  and m.duplicate_of is null;

comment on view public.whatsapp_thread is
  'Every linked message once, with direction as inbound or outbound. Order by sent_at, id.';

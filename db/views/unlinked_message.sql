create or replace view public.unlinked_message
with (security_invoker = true) as
select
  m.business_id,
  m.id,
  coalesce((public.read_counterpart(m)).reason, 'not linked yet') as reason,
  m.direction,
  m.source,
  m.from_number,
  m.to_number,
  m.body,
  m.provider,
  m.provider_message_id,
  m.sent_at,
  m.created_at
from public.whatsapp_message m
where m.conversation_id is null;

comment on view public.unlinked_message is
  'Messages that are stored but in no thread, and why. Correct the address with an UPDATE of the '
  'message and it is linked.';

create or replace view public.unlinked_message
with (security_invoker = true) as
select
  m.business_id::bigint as business_id,
  m.id::bigint as id,
  coalesce(
    (onethread.read_counterpart(m)).reason,
    (
      select f.error
      from onethread.whatsapp_backfill_failure f
      where f.business_id = m.business_id and f.message_id = m.id
    ),
    'not linked yet') as reason,
  m.direction::text as direction,
  m.source::text as source,
  m.from_number::text as from_number,
  m.to_number::text as to_number,
  m.body::text as body,
  m.provider::text as provider,
  m.provider_message_id::text as provider_message_id,
  onethread.message_sent_at(m) as sent_at,
  onethread.storable_time(m.created_at::timestamptz) as created_at
from public.whatsapp_message m
where m.conversation_id is null;

comment on view public.unlinked_message is
  'Messages that are stored but in no thread, and why. Correct the address with an UPDATE of the '
  'message and it is linked.';
comment on column public.unlinked_message.business_id is 'The tenant.';
comment on column public.unlinked_message.id is 'whatsapp_message.id.';
comment on column public.unlinked_message.reason is 'Why it is in no thread.';
comment on column public.unlinked_message.direction is 'As its writer put it.';
comment on column public.unlinked_message.source is 'Who wrote the row.';
comment on column public.unlinked_message.from_number is 'As its writer put it.';
comment on column public.unlinked_message.to_number is 'As its writer put it.';
comment on column public.unlinked_message.body is 'Its text.';
comment on column public.unlinked_message.provider is 'The gateway that reported it.';
comment on column public.unlinked_message.provider_message_id is 'The provider''s id of it.';
comment on column public.unlinked_message.sent_at is 'When it was sent.';
comment on column public.unlinked_message.created_at is 'When it was stored.';

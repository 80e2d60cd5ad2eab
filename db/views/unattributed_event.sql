create or replace view public.unattributed_event
with (security_invoker = true) as
select
  e.business_id,
  e.id,
  e.kind,
  e.provider,
  e.provider_message_id,
  e.address,
  e.body,
  e.occurred_at,
  e.created_at
from public.whatsapp_message_event e
where e.author_key is null
  and e.kind in ('edited', 'revoked', 'reaction')
  and not exists (
    select
    from public.whatsapp_message m
    where m.business_id = e.business_id
      and m.provider_message_id = e.provider_message_id
      and length(m.provider_message_id) <= 255
      and onethread.is_unsigned_event(e, m)
  );

comment on view public.unattributed_event is
  'Edits, deletes and reactions whose author nobody has named: they are kept and change no message.';
comment on column public.unattributed_event.business_id is 'The tenant.';
comment on column public.unattributed_event.id is 'whatsapp_message_event.id.';
comment on column public.unattributed_event.kind is 'edited, revoked or reaction.';
comment on column public.unattributed_event.provider is 'The gateway that reported it.';
comment on column public.unattributed_event.provider_message_id is
  'The message it is about, by the provider''s id.';
comment on column public.unattributed_event.address is
  'The chat that is named, a group''s for example; null: none is.';
comment on column public.unattributed_event.body is 'The new text, or the emoji.';
comment on column public.unattributed_event.occurred_at is 'When it happened.';
comment on column public.unattributed_event.created_at is 'When it was stored.';

-- depends: onethread_0018_business_lock
-- What is not read waits for a version that reads it; votes in polls and answers to invitations are
-- events.

alter table onethread.webhook_reject
  add column is_unread boolean not null default false;

comment on column onethread.webhook_reject.is_unread is
  'What of it could be read is stored, and the rest is nothing that this version knows: it waits for '
  'one that does (`onethread rejects --unread`). false: it could not be processed.';

alter table public.whatsapp_message_event
  drop constraint whatsapp_message_event_kind_check;

alter table public.whatsapp_message_event
  add constraint whatsapp_message_event_known_kind_check check (
    kind in ('sent', 'delivered', 'read', 'played', 'failed', 'edited', 'revoked', 'reaction', 'vote')
  );

-- depends: onethread_0015_evidence_weight
-- Who edited, deleted or reacted, as a key; and through which list a message came.

alter table public.whatsapp_message_event
  add column author_key text collate "C";

-- The events of somebody of whom something has become known. The key first, as in evidence.
create index whatsapp_message_event_author_idx
  on public.whatsapp_message_event (author_key, business_id)
  where author_key is not null;

-- What nobody can be named for: hardly any.
create index whatsapp_message_event_unattributed_idx
  on public.whatsapp_message_event (business_id, id)
  where author_key is null and kind in ('edited', 'revoked', 'reaction');

comment on column public.whatsapp_message_event.author_key is
  'Who did it, by what the envelope says, set by trigger: business, else identifier_key() of the '
  'actor, else of the address when that is a person''s. Null: a status, which has no author, or '
  'nobody readable is named, see the view unattributed_event.';

alter table public.whatsapp_message
  add column list_address text;

comment on column public.whatsapp_message.list_address is
  'The broadcast list of its sender through which an inbound message came: others have received it '
  'under the same id. Null: it came through none.';

-- depends: 0002_conversation
-- The messages: what any writer inserts.

create sequence public.whatsapp_message_id_seq;

create table public.whatsapp_message (
  business_id bigint not null,
  id bigint not null default nextval('public.whatsapp_message_id_seq'),
  conversation_id bigint,
  identity_id bigint,
  lead_id bigint,
  direction text not null,
  source text,
  from_number text,
  to_number text,
  contact_aliases text[],
  participant text,
  sender_name text,
  kind text not null default 'text',
  body text,
  media jsonb,
  provider text,
  provider_message_id text,
  reply_to text,
  duplicate_of bigint,
  send_after timestamptz,
  sent_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  payload jsonb,
  constraint whatsapp_message_pkey primary key (business_id, id),
  constraint whatsapp_message_business_fkey foreign key (business_id) references public.business (id),
  constraint whatsapp_message_conversation_fkey
    foreign key (business_id, conversation_id)
    references public.whatsapp_conversation (business_id, id)
    on delete set null (conversation_id),
  constraint whatsapp_message_identity_fkey
    foreign key (business_id, identity_id)
    references public.whatsapp_identity (business_id, id)
    on delete set null (identity_id),
  constraint whatsapp_message_lead_fkey
    foreign key (business_id, lead_id) references public.lead (business_id, id)
    on delete set null (lead_id),
  constraint whatsapp_message_duplicate_of_fkey
    foreign key (business_id, duplicate_of) references public.whatsapp_message (business_id, id)
    on delete set null (duplicate_of)
);

alter sequence public.whatsapp_message_id_seq owned by public.whatsapp_message.id;

-- Read a thread.
create index whatsapp_message_thread_idx
  on public.whatsapp_message (business_id, conversation_id, sent_at, id);

-- Read the inbox.
create index whatsapp_message_inbox_idx
  on public.whatsapp_message (business_id, sent_at, id);

-- Messages follow the identifier they arrived under when a join is undone.
create index whatsapp_message_identity_idx
  on public.whatsapp_message (business_id, identity_id);

create index whatsapp_message_lead_idx
  on public.whatsapp_message (business_id, lead_id)
  where lead_id is not null;

create index whatsapp_message_duplicate_of_idx
  on public.whatsapp_message (business_id, duplicate_of)
  where duplicate_of is not null;

create index whatsapp_message_unlinked_idx
  on public.whatsapp_message (business_id, id)
  where conversation_id is null;

-- One message, delivered again. A message id is made by its sender and is unique only there, so
-- the side belongs to the key: inbound or not, and in a group the participant. Ids over 255
-- characters are stored but not compared: in an index they would make the insert fail.
create unique index whatsapp_message_delivery_idx
  on public.whatsapp_message (
    business_id,
    conversation_id,
    provider_message_id,
    (lower(direction) in ('in', 'inbound', 'incoming', 'received')),
    (coalesce(left(participant, 255), ''))
  )
  where length(provider_message_id) <= 255
    and conversation_id is not null
    and duplicate_of is null;

create unique index whatsapp_message_unlinked_delivery_idx
  on public.whatsapp_message (
    business_id,
    provider_message_id,
    (coalesce(left(provider, 255), '')),
    (md5(coalesce(from_number, '') || ' ' || coalesce(to_number, '')))
  )
  where length(provider_message_id) <= 255
    and conversation_id is null
    and duplicate_of is null;

comment on table public.whatsapp_message is
  'Every WhatsApp message, whoever wrote the row. A writer needs business_id, direction and an '
  'address; conversation_id and identity_id are set by the database.';
comment on column public.whatsapp_message.conversation_id is
  'The thread, decided by trigger. Null: the address identifies nobody, see unlinked_message.';
comment on column public.whatsapp_message.identity_id is
  'The identity under which the message arrived.';
comment on column public.whatsapp_message.lead_id is
  'Given by the writer when it knows the lead; it ties the address to that lead.';
comment on column public.whatsapp_message.direction is
  'inbound or outbound; kept as written (in, out, ... are understood, see message_direction()).';
comment on column public.whatsapp_message.source is
  'Which program wrote it: webhook, gateway, bot, agent, automation, ...';
comment on column public.whatsapp_message.from_number is 'Sender''s address, in any spelling, as it came.';
comment on column public.whatsapp_message.to_number is
  'Receiver''s address, in any spelling, as it came. A writer that fills only this one puts the '
  'customer here in both directions.';
comment on column public.whatsapp_message.contact_aliases is
  'Other identifiers of the counterpart that the provider itself attests (the LID beside the '
  'phone, the BSUID). In a group they belong to the participant.';
comment on column public.whatsapp_message.participant is 'Who wrote in a group, as it came.';
comment on column public.whatsapp_message.sender_name is
  'The name the sender shows (push name, profile name). Never an identifier.';
comment on column public.whatsapp_message.kind is 'text, image, audio, video, document, location, ...';
comment on column public.whatsapp_message.provider is
  'The gateway that reported it (meta_cloud, baileys, ...). When it is set, bare digits in an '
  'address are a wa_id, already international.';
comment on column public.whatsapp_message.provider_message_id is
  'The provider''s id. The same id from the same side of the same conversation is one message.';
comment on column public.whatsapp_message.reply_to is 'provider_message_id of the quoted message.';
comment on column public.whatsapp_message.duplicate_of is
  'A second copy of that message, found when two threads or a late link came together.';
comment on column public.whatsapp_message.send_after is 'Scheduled: not to be sent before this time.';
comment on column public.whatsapp_message.sent_at is
  'When it was sent, by the provider''s clock; the time of insertion when nobody says.';
comment on column public.whatsapp_message.payload is 'The provider''s event, as it came.';

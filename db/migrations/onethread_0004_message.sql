-- depends: onethread_0003_conversation
-- The messages: what any writer inserts, and how far they have been read.

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
  status text,
  send_after timestamptz,
  send_attempts int not null default 0,
  sent_at timestamptz not null default now(),
  is_backfill_pending boolean not null default false,
  created_at timestamptz not null default now(),
  changed_in bigint default pg_current_xact_id()::text::bigint,
  payload jsonb,
  constraint whatsapp_message_pkey primary key (business_id, id),
  constraint whatsapp_message_business_fkey
    foreign key (business_id) references public.business (id),
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

-- The inbox under a flood in one chat: who wrote when, to a quarter of an hour. However many
-- messages a chat has in a quarter, here it is one step over them (walk_quarters(), which repeats
-- the expression). Only built-in functions: an index must not call one that can be replaced.
create index whatsapp_message_quarter_idx
  on public.whatsapp_message (
    business_id,
    (date_bin('15 min', sent_at, '2000-01-01 00:00+00')),
    conversation_id
  )
  where conversation_id is not null
    and duplicate_of is null;

-- What a person wrote: unread, unanswered, the reply address. The words for inbound are those of
-- message_direction().
create index whatsapp_message_inbound_idx
  on public.whatsapp_message (business_id, conversation_id, sent_at, id)
  where lower(direction) in ('in', 'inbound', 'incoming', 'received')
    and duplicate_of is null;

-- What changed since a position.
create index whatsapp_message_change_idx
  on public.whatsapp_message (business_id, changed_in)
  where changed_in is not null;

-- What is to be sent.
create index whatsapp_message_queue_idx
  on public.whatsapp_message (business_id, conversation_id, id)
  where status in ('queued', 'sending');

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

-- Unlinked messages by the counterpart's address as written, without blanks and punctuation.
-- list_unlinked_messages() repeats the expression.
create index whatsapp_message_unlinked_address_idx
  on public.whatsapp_message (
    business_id,
    (left(translate(
      case when lower(direction) in ('in', 'inbound', 'incoming', 'received')
        then coalesce(nullif(from_number, ''), to_number)
        else coalesce(nullif(to_number, ''), from_number) end,
      ' ()-./', ''), 255))
  )
  where conversation_id is null;

-- The messages of an event: is its id used in another conversation too?
create index whatsapp_message_provider_message_idx
  on public.whatsapp_message (business_id, provider_message_id)
  where length(provider_message_id) <= 255;

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
comment on column public.whatsapp_message.from_number is
  'Sender''s address, in any spelling, as it came.';
comment on column public.whatsapp_message.to_number is
  'Receiver''s address, in any spelling, as it came. A writer that fills only this one puts the '
  'customer here in both directions.';
comment on column public.whatsapp_message.contact_aliases is
  'Other identifiers of the counterpart that the provider itself attests (the LID beside the '
  'phone, the BSUID). In a group they belong to the participant.';
comment on column public.whatsapp_message.participant is 'Who wrote in a group, as it came.';
comment on column public.whatsapp_message.sender_name is
  'The name the sender shows (push name, profile name). Never an identifier.';
comment on column public.whatsapp_message.kind is
  'text, image, audio, video, document, location, ...';
comment on column public.whatsapp_message.provider is
  'The gateway that reported it (meta_cloud, baileys, ...). When it is set, bare digits in an '
  'address are a wa_id, already international.';
comment on column public.whatsapp_message.provider_message_id is
  'The provider''s id. The same id from the same side of the same conversation is one message.';
comment on column public.whatsapp_message.reply_to is 'provider_message_id of the quoted message.';
comment on column public.whatsapp_message.duplicate_of is
  'A second copy of that message, found when two threads or a late link came together.';
comment on column public.whatsapp_message.status is
  'queued: `onethread send-queued` is to deliver it, not before send_after; it becomes sending '
  '(until send_after, then it is free again), and sent or failed. Null: the writer sent it itself.';
comment on column public.whatsapp_message.send_after is
  'Scheduled: not to be sent before this time.';
comment on column public.whatsapp_message.send_attempts is
  'How often send-queued has tried it; a later try takes it over from an earlier one.';
comment on column public.whatsapp_message.sent_at is
  'When it was sent, by the provider''s clock; the time of insertion when nobody says, or says a '
  'time that cannot be.';
comment on column public.whatsapp_message.is_backfill_pending is
  'The row is older than its column sent_at, and `onethread backfill` has not come to it: it was '
  'sent at created_at, as far as anybody knows (message_sent_at()).';
comment on column public.whatsapp_message.changed_in is
  'The transaction that inserted or last updated the row (pg_current_xact_id()): the position of '
  'list_changes(). Null: before there were positions.';
comment on column public.whatsapp_message.payload is 'The provider''s event, as it came.';

alter table public.whatsapp_message enable row level security;

create policy business_isolation on public.whatsapp_message
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

create table onethread.conversation_read (
  business_id bigint not null,
  conversation_id bigint not null,
  sent_at timestamptz not null,
  message_id bigint not null,
  read_at timestamptz not null default now(),
  changed_in bigint default pg_current_xact_id()::text::bigint,
  constraint conversation_read_pkey primary key (business_id, conversation_id),
  constraint conversation_read_conversation_fkey
    foreign key (business_id, conversation_id)
    references public.whatsapp_conversation (business_id, id)
    on delete cascade,
  constraint conversation_read_time_check check (
    least(sent_at, read_at) >= '1970-01-01 00:00+00'
    and greatest(sent_at, read_at) < '9999-12-31 00:00+00'
  )
);

create index conversation_read_change_idx
  on onethread.conversation_read (business_id, changed_in)
  where changed_in is not null;

comment on table onethread.conversation_read is
  'How far somebody of the business has read a conversation. No row: not at all.';
comment on column onethread.conversation_read.sent_at is
  'Time of the last inbound message that was read; later ones are unread.';
comment on column onethread.conversation_read.message_id is 'That message; breaks ties of sent_at.';
comment on column onethread.conversation_read.changed_in is 'As whatsapp_message.changed_in.';

alter table onethread.conversation_read enable row level security;

create policy business_isolation on onethread.conversation_read
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

do $$
begin
  perform onethread.revoke_from_others(
    'table', 'public.whatsapp_message', 'onethread.conversation_read');
end;
$$;

-- depends: 0009_inert_evidence
-- What reading needs: read markers, a queue of messages to send, a position for readers that follow,
-- names of leads, business hours.

alter table public.business add column time_zone text not null default 'UTC';

comment on column public.business.time_zone is
  'Where its days begin and its hours are kept: a name of pg_timezone_names (Asia/Jerusalem).';

create table onethread.business_hour (
  business_id bigint not null,
  weekday smallint not null,
  opens_at time not null,
  closes_at time not null,
  constraint business_hour_pkey primary key (business_id, weekday, opens_at),
  constraint business_hour_business_fkey foreign key (business_id) references public.business (id),
  constraint business_hour_weekday_check check (weekday between 1 and 7),
  constraint business_hour_closes_at_check check (opens_at < closes_at)
);

comment on table onethread.business_hour is
  'When somebody is there to answer, in business.time_zone. No rows: always.';
comment on column onethread.business_hour.weekday is '1 Monday to 7 Sunday (ISO 8601).';
comment on column onethread.business_hour.closes_at is '24:00 is the end of the day.';

create table onethread.conversation_read (
  business_id bigint not null,
  conversation_id bigint not null,
  sent_at timestamptz not null,
  message_id bigint not null,
  read_at timestamptz not null default now(),
  changed_in xid8 default pg_current_xact_id(),
  constraint conversation_read_pkey primary key (business_id, conversation_id),
  constraint conversation_read_conversation_fkey
    foreign key (business_id, conversation_id)
    references public.whatsapp_conversation (business_id, id)
    on delete cascade
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

alter table onethread.business_hour enable row level security;
alter table onethread.conversation_read enable row level security;

create policy business_isolation on onethread.business_hour
  using (business_id = (select nullif(current_setting('onethread.business_id', true), '')::bigint));
create policy business_isolation on onethread.conversation_read
  using (business_id = (select nullif(current_setting('onethread.business_id', true), '')::bigint));

-- The default comes after the column: so no row is rewritten, old rows keep null.
alter table public.whatsapp_message
  add column status text,
  add column send_attempts int not null default 0,
  add column changed_in xid8;
alter table public.whatsapp_message alter column changed_in set default pg_current_xact_id();
alter table public.whatsapp_message_event add column changed_in xid8;
alter table public.whatsapp_message_event alter column changed_in set default pg_current_xact_id();

comment on column public.whatsapp_message.status is
  'queued: `onethread send-queued` is to deliver it, not before send_after; it becomes sending (until '
  'send_after, then it is free again), and sent or failed. Null: the writer sent it itself.';
comment on column public.whatsapp_message.send_attempts is
  'How often send-queued has tried it; a later try takes it over from an earlier one.';
comment on column public.whatsapp_message.changed_in is
  'The transaction that inserted or last updated the row: the position of list_changes(). Null: '
  'before there were positions.';
comment on column public.whatsapp_message_event.changed_in is 'As whatsapp_message.changed_in.';

-- What changed since a position.
create index whatsapp_message_change_idx
  on public.whatsapp_message (business_id, changed_in)
  where changed_in is not null;
create index whatsapp_message_event_change_idx
  on public.whatsapp_message_event (business_id, changed_in)
  where changed_in is not null;

-- What is to be sent.
create index whatsapp_message_queue_idx
  on public.whatsapp_message (business_id, conversation_id, id)
  where status in ('queued', 'sending');

-- What a person wrote: unread, unanswered, the reply address. The words for inbound are those of
-- message_direction(); an index must not call a function that can be replaced.
create index whatsapp_message_inbound_idx
  on public.whatsapp_message (business_id, conversation_id, sent_at, id)
  where lower(direction) in ('in', 'inbound', 'incoming', 'received')
    and duplicate_of is null;

-- Words of the name. The tenant is a word too, one with a blank, which no name yields: so the index
-- starts with the business, as all others do, without an extension. Cut, because an index entry that
-- is too large refuses the row.
create index lead_name_idx
  on public.lead
  using gin ((
    array_to_tsvector(array['business ' || business_id])
    || to_tsvector('simple', left(coalesce(name, ''), 255))
  ))
  where name is not null;

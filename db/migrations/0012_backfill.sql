-- depends: 0011_inbox_index
-- Linking the messages that are older than the trigger: how far it is, and what could not be done.

create table onethread.whatsapp_backfill (
  business_id bigint not null,
  after_id bigint not null default 0,
  seen bigint not null default 0,
  linked bigint not null default 0,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint whatsapp_backfill_pkey primary key (business_id),
  constraint whatsapp_backfill_business_fkey foreign key (business_id) references public.business (id)
);

comment on table onethread.whatsapp_backfill is
  'How far link_unlinked_messages() is in each business; its row is also the lock that two of them '
  'meet at.';
comment on column onethread.whatsapp_backfill.after_id is
  'Unlinked messages up to this id have been looked at in the round that is under way.';
comment on column onethread.whatsapp_backfill.seen is 'Messages looked at in this round.';
comment on column onethread.whatsapp_backfill.linked is 'Messages linked in this round.';
comment on column onethread.whatsapp_backfill.finished_at is
  'When the round came to its end; null while it is under way.';

create table onethread.whatsapp_backfill_failure (
  business_id bigint not null,
  message_id bigint not null,
  error text not null,
  failed_at timestamptz not null default now(),
  constraint whatsapp_backfill_failure_pkey primary key (business_id, message_id),
  constraint whatsapp_backfill_failure_message_fkey
    foreign key (business_id, message_id) references public.whatsapp_message (business_id, id)
    on delete cascade
);

comment on table onethread.whatsapp_backfill_failure is
  'Messages that link_unlinked_messages() could not link because of an error; each round tries them '
  'again.';

alter table onethread.whatsapp_backfill enable row level security;
alter table onethread.whatsapp_backfill_failure enable row level security;

create policy business_isolation on onethread.whatsapp_backfill
  using (business_id = (select nullif(current_setting('onethread.business_id', true), '')::bigint));
create policy business_isolation on onethread.whatsapp_backfill_failure
  using (business_id = (select nullif(current_setting('onethread.business_id', true), '')::bigint));

-- An unlinked message as link_message_batch() works on it.
create type onethread.whatsapp_unlinked as (
  message_id bigint,
  lead_id bigint,
  sent_at timestamptz,
  names text[],
  address onethread.whatsapp_address
);

comment on type onethread.whatsapp_unlinked is
  'A message in no thread, when it was sent, and the address under which it is to be linked (null: '
  'it identifies nobody).';

-- It has another argument, which "create or replace" takes for another function.
drop function if exists onethread.apply_pending_evidence(bigint);

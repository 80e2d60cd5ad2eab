-- depends: onethread_0006_evidence
-- What came in and could not be taken in yet: payloads that were rejected, and the linking of
-- messages that are older than the trigger.

create sequence onethread.webhook_reject_id_seq;

create table onethread.webhook_reject (
  business_id bigint not null,
  id bigint not null default nextval('onethread.webhook_reject_id_seq'),
  provider text not null,
  payload text not null,
  reason text not null,
  origin text not null default 'webhook',
  received_at timestamptz not null default now(),
  resolved_at timestamptz,
  constraint webhook_reject_pkey primary key (business_id, id),
  constraint webhook_reject_business_fkey foreign key (business_id) references public.business (id),
  constraint webhook_reject_time_check check (
    least(received_at, resolved_at) >= '1970-01-01 00:00+00'
    and greatest(received_at, resolved_at) < '9999-12-31 00:00+00'
  )
);

alter sequence onethread.webhook_reject_id_seq owned by onethread.webhook_reject.id;

-- A provider repeats what it could not deliver, and a file may be read again: kept once.
create unique index webhook_reject_payload_idx
  on onethread.webhook_reject (business_id, provider, (md5(payload)));

create index webhook_reject_open_idx
  on onethread.webhook_reject (business_id, id)
  where resolved_at is null;

comment on table onethread.webhook_reject is
  'Payloads that could not be processed, or not in full, and why. `onethread rejects replay` '
  'tries them again.';
comment on column onethread.webhook_reject.payload is
  'The whole payload as it came, JSON or not. Text: jsonb cannot keep everything that is sent.';
comment on column onethread.webhook_reject.reason is 'Why, as the last try found it.';
comment on column onethread.webhook_reject.origin is
  'webhook, or the file and line it was read from.';
comment on column onethread.webhook_reject.resolved_at is
  'When a replay took it in; null: still open.';

alter table onethread.webhook_reject enable row level security;

create policy business_isolation on onethread.webhook_reject
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

create table onethread.whatsapp_backfill (
  business_id bigint not null,
  after_id bigint not null default 0,
  seen bigint not null default 0,
  linked bigint not null default 0,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint whatsapp_backfill_pkey primary key (business_id),
  constraint whatsapp_backfill_business_fkey
    foreign key (business_id) references public.business (id),
  constraint whatsapp_backfill_time_check check (
    least(started_at, finished_at) >= '1970-01-01 00:00+00'
    and greatest(started_at, finished_at) < '9999-12-31 00:00+00'
  )
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

alter table onethread.whatsapp_backfill enable row level security;

create policy business_isolation on onethread.whatsapp_backfill
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

create table onethread.whatsapp_backfill_failure (
  business_id bigint not null,
  message_id bigint not null,
  error text not null,
  failed_at timestamptz not null default now(),
  constraint whatsapp_backfill_failure_pkey primary key (business_id, message_id),
  constraint whatsapp_backfill_failure_message_fkey
    foreign key (business_id, message_id) references public.whatsapp_message (business_id, id)
    on delete cascade,
  constraint whatsapp_backfill_failure_time_check
    check (failed_at >= '1970-01-01 00:00+00' and failed_at < '9999-12-31 00:00+00')
);

comment on table onethread.whatsapp_backfill_failure is
  'Messages that link_unlinked_messages() could not link because of an error; each round tries '
  'them again.';

alter table onethread.whatsapp_backfill_failure enable row level security;

create policy business_isolation on onethread.whatsapp_backfill_failure
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

-- What link_message_batch() works on.
create type onethread.whatsapp_unlinked as (
  message_id bigint,
  lead_id bigint,
  sent_at timestamptz,
  names text[],
  address onethread.whatsapp_address
);

comment on type onethread.whatsapp_unlinked is
  'A message in no thread, when it was sent, and the address under which it is to be linked.';
comment on column onethread.whatsapp_unlinked.message_id is 'whatsapp_message.id.';
comment on column onethread.whatsapp_unlinked.lead_id is 'whatsapp_message.lead_id.';
comment on column onethread.whatsapp_unlinked.sent_at is 'message_sent_at().';
comment on column onethread.whatsapp_unlinked.names is
  'The participant and the aliases, as written; null when there are no aliases.';
comment on column onethread.whatsapp_unlinked.address is 'Null: it identifies nobody.';

do $$
begin
  perform onethread.revoke_from_others(
    'table',
    'onethread.webhook_reject',
    'onethread.whatsapp_backfill',
    'onethread.whatsapp_backfill_failure');
  perform onethread.revoke_from_others('type', 'onethread.whatsapp_unlinked');
end;
$$;

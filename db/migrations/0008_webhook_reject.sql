-- depends: 0007_message_event
-- Payloads that could not be processed, or not in full; and the reading of unlinked old messages.

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
  constraint webhook_reject_business_fkey foreign key (business_id) references public.business (id)
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
comment on column onethread.webhook_reject.origin is 'webhook, or the file and line it was read from.';
comment on column onethread.webhook_reject.resolved_at is 'When a replay took it in; null: still open.';

alter table onethread.webhook_reject enable row level security;

create policy business_isolation on onethread.webhook_reject
  using (business_id = (select nullif(current_setting('onethread.business_id', true), '')::bigint));

-- Unlinked messages by the counterpart's address as written, without blanks and punctuation. Only
-- built-in functions: an index must not call one that can be replaced. list_unlinked_messages()
-- repeats the expression.
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

-- depends: onethread_0007_intake
-- A person can be forgotten, and does not come back when old messages are replayed.

create table onethread.erasure_secret (
  business_id bigint not null,
  secret bytea not null
    default uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
  constraint erasure_secret_pkey primary key (business_id),
  constraint erasure_secret_business_fkey foreign key (business_id) references public.business (id)
);

comment on table onethread.erasure_secret is
  'The key of the hashes in erased_identifier. A business without a row has erased nobody: one '
  'probe says so.';

alter table onethread.erasure_secret enable row level security;

create policy business_isolation on onethread.erasure_secret
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

create table onethread.erased_identifier (
  business_id bigint not null,
  key_hash bytea not null,
  erased_from timestamptz not null,
  erased_until timestamptz not null,
  constraint erased_identifier_pkey primary key (business_id, key_hash, erased_from),
  constraint erased_identifier_business_fkey
    foreign key (business_id) references public.business (id),
  constraint erased_identifier_order_check check (erased_from < erased_until),
  constraint erased_identifier_time_check check (
    erased_from >= '1970-01-01 00:00+00' and erased_until < '9999-12-31 00:00+00'
  )
);

comment on table onethread.erased_identifier is
  'Identifiers of erased people, as hashes: what was sent under one of them in that time is not '
  'stored again, whoever replays it.';
comment on column onethread.erased_identifier.key_hash is
  'SHA-256 of the secret and the identifier_key().';
comment on column onethread.erased_identifier.erased_from is
  '1970-01-01 00:00+00: from the beginning; later for a phone that had another owner before.';
comment on column onethread.erased_identifier.erased_until is
  'The time of the erasure; earlier for a phone that had passed to somebody else.';

alter table onethread.erased_identifier enable row level security;

create policy business_isolation on onethread.erased_identifier
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

create sequence onethread.erasure_id_seq;

create table onethread.erasure (
  business_id bigint not null,
  id bigint not null default nextval('onethread.erasure_id_seq'),
  step text not null default 'messages',
  after_id bigint not null default 0,
  keys text[],
  conversation_ids bigint[],
  wait_for bigint,
  messages bigint not null default 0,
  events bigint not null default 0,
  identifiers bigint not null default 0,
  evidence bigint not null default 0,
  conflicts bigint not null default 0,
  merges bigint not null default 0,
  leads bigint not null default 0,
  payloads bigint not null default 0,
  rejects bigint not null default 0,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  constraint erasure_pkey primary key (business_id, id),
  constraint erasure_business_fkey foreign key (business_id) references public.business (id),
  -- The audit says that somebody was erased, never who.
  constraint erasure_audit_check
    check (finished_at is null or keys is null and conversation_ids is null),
  constraint erasure_time_check check (
    least(started_at, finished_at) >= '1970-01-01 00:00+00'
    and greatest(started_at, finished_at) < '9999-12-31 00:00+00'
  )
);

alter sequence onethread.erasure_id_seq owned by onethread.erasure.id;

create index erasure_open_idx on onethread.erasure (business_id, id) where finished_at is null;

comment on table onethread.erasure is
  'Every erasure of a person: how far it is, then the audit of it, which holds no personal data. '
  'start_erasure() begins one, continue_erasure() goes on where it was.';
comment on column onethread.erasure.step is 'What continue_erasure() does next; done.';
comment on column onethread.erasure.after_id is
  'Rows up to this id have been looked at in this step.';
comment on column onethread.erasure.keys is
  'identifier_key() of whom it is about; null when it is finished.';
comment on column onethread.erasure.wait_for is
  'Transactions before this one (pg_current_xact_id()) were open when the person was erased; what '
  'they read before it they may still write.';
comment on column onethread.erasure.payloads is
  'Rows of other people that named the person, and no longer do.';
comment on column onethread.erasure.rejects is
  'Payloads in webhook_reject that were cut or deleted.';

alter table onethread.erasure enable row level security;

create policy business_isolation on onethread.erasure
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

-- What a batch of an erasure did.
create type onethread.erased_count as (
  last_id bigint,
  messages bigint,
  events bigint,
  evidence bigint,
  payloads bigint,
  rejects bigint
);

comment on type onethread.erased_count is
  'Up to which id rows were looked at, and how many were deleted or cut.';
comment on column onethread.erased_count.last_id is 'Null: there are no more.';
comment on column onethread.erased_count.messages is 'Messages that were deleted.';
comment on column onethread.erased_count.events is 'Events that were deleted.';
comment on column onethread.erased_count.evidence is 'Evidence that was deleted.';
comment on column onethread.erased_count.payloads is
  'Rows of other people that named the person, and no longer do.';
comment on column onethread.erased_count.rejects is
  'Payloads in webhook_reject that were cut or deleted.';

do $$
begin
  perform onethread.revoke_from_others(
    'table',
    'onethread.erasure_secret',
    'onethread.erased_identifier',
    'onethread.erasure');
  perform onethread.revoke_from_others('type', 'onethread.erased_count');
end;
$$;

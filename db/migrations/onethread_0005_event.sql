-- depends: onethread_0004_message
-- What happens to messages after they were written: statuses, edits, deletes, reactions.

create sequence public.whatsapp_message_event_id_seq;

create table public.whatsapp_message_event (
  business_id bigint not null,
  id bigint not null default nextval('public.whatsapp_message_event_id_seq'),
  kind text not null,
  provider text,
  provider_message_id text not null,
  address text,
  target_direction text,
  actor text,
  is_from_business boolean not null default false,
  body text,
  provider_event_id text,
  is_time_known boolean not null default true,
  occurred_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  changed_in bigint default pg_current_xact_id()::text::bigint,
  payload jsonb,
  constraint whatsapp_message_event_pkey primary key (business_id, id),
  constraint whatsapp_message_event_business_fkey
    foreign key (business_id) references public.business (id),
  constraint whatsapp_message_event_kind_check check (
    kind in ('sent', 'delivered', 'read', 'played', 'failed', 'edited', 'revoked', 'reaction')
  ),
  constraint whatsapp_message_event_time_check check (
    least(occurred_at, created_at) >= '1970-01-01 00:00+00'
    and greatest(occurred_at, created_at) < '9999-12-31 00:00+00'
  )
);

alter sequence public.whatsapp_message_event_id_seq owned by public.whatsapp_message_event.id;

-- One event, delivered again. Hashed, so that a text of any length can be stored; the payload is
-- left out: a gateway may word the same event differently when it repeats it. An event without a
-- time is the same whenever it comes.
create unique index whatsapp_message_event_content_idx
  on public.whatsapp_message_event (
    business_id,
    kind,
    (case when is_time_known then occurred_at else '1970-01-01 00:00+00' end),
    (md5(
      provider_message_id
      || chr(31) || coalesce(provider, '')
      || chr(31) || coalesce(address, '')
      || chr(31) || coalesce(target_direction, '')
      || chr(31) || coalesce(actor, '')
      || chr(31) || is_from_business::text
      || chr(31) || coalesce(md5(body), '')
      || chr(31) || coalesce(provider_event_id, '')
    ))
  );

-- The events of a message. Ids over 255 characters are stored and not compared, as in
-- whatsapp_message.
create index whatsapp_message_event_message_idx
  on public.whatsapp_message_event (business_id, provider_message_id)
  where length(provider_message_id) <= 255;

create index whatsapp_message_event_change_idx
  on public.whatsapp_message_event (business_id, changed_in)
  where changed_in is not null;

comment on table public.whatsapp_message_event is
  'What happened to a message: append-only, before or after the message itself arrives. It is '
  'matched when a thread is read, see list_message_events().';
comment on column public.whatsapp_message_event.kind is
  'sent, delivered, read, played, failed: statuses; edited, revoked, reaction.';
comment on column public.whatsapp_message_event.provider_message_id is
  'The message it is about, by the provider''s id.';
comment on column public.whatsapp_message_event.address is
  'The counterpart of the conversation, in any spelling; decides when several conversations have '
  'a message with this id.';
comment on column public.whatsapp_message_event.target_direction is
  'Direction of the message it is about (inbound, outbound, ...); null when it is not said.';
comment on column public.whatsapp_message_event.actor is
  'Who did it in a group, in any spelling; null: the counterpart itself.';
comment on column public.whatsapp_message_event.is_from_business is
  'The business did it: its own edit, delete or reaction.';
comment on column public.whatsapp_message_event.body is
  'edited: the new text; reaction: the emoji, null when taken back; failed: the reason.';
comment on column public.whatsapp_message_event.is_time_known is
  'False: the provider gave no time, and occurred_at is the time of insertion.';
comment on column public.whatsapp_message_event.occurred_at is
  'When it happened; the time of insertion when nobody says, or says a time that cannot be.';
comment on column public.whatsapp_message_event.changed_in is 'As whatsapp_message.changed_in.';

alter table public.whatsapp_message_event enable row level security;

create policy business_isolation on public.whatsapp_message_event
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

do $$
begin
  perform onethread.revoke_from_others('table', 'public.whatsapp_message_event');
end;
$$;

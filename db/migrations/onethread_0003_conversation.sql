-- depends: onethread_0002_business
-- One conversation per person, and the identifiers that lead to it.

create sequence public.whatsapp_conversation_id_seq;

create table public.whatsapp_conversation (
  business_id bigint not null,
  id bigint not null default nextval('public.whatsapp_conversation_id_seq'),
  kind text not null default 'person',
  canonical_key text,
  lead_id bigint,
  created_at timestamptz not null default now(),
  constraint whatsapp_conversation_pkey primary key (business_id, id),
  constraint whatsapp_conversation_business_fkey
    foreign key (business_id) references public.business (id),
  constraint whatsapp_conversation_lead_fkey
    foreign key (business_id, lead_id) references public.lead (business_id, id)
    on delete set null (lead_id),
  constraint whatsapp_conversation_kind_check
    check (kind in ('person', 'group', 'broadcast', 'newsletter', 'other'))
);

alter sequence public.whatsapp_conversation_id_seq owned by public.whatsapp_conversation.id;

-- Partial on purpose: a full unique constraint would make canonical_key a key column for row
-- locks, and re-keying a conversation would block (and deadlock with) everybody's inserts into it.
create unique index whatsapp_conversation_canonical_key_idx
  on public.whatsapp_conversation (business_id, canonical_key)
  where canonical_key is not null;

create index whatsapp_conversation_lead_idx
  on public.whatsapp_conversation (business_id, lead_id)
  where lead_id is not null;

comment on table public.whatsapp_conversation is
  'The one thread of one person (or group) with one business. Nothing on it changes when a '
  'message arrives: last message and counts are read from whatsapp_message.';
comment on column public.whatsapp_conversation.canonical_key is
  'Derived, never looked up by guess: canonical_key() of the lead, else of the strongest '
  'identifier. It changes in place when a stronger identifier arrives; the id stays.';

alter table public.whatsapp_conversation enable row level security;

create policy business_isolation on public.whatsapp_conversation
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

create sequence public.whatsapp_identity_id_seq;

-- The beginning of time is 1970-01-01 00:00+00, and no time of ours is later than the year 9999 or
-- infinite: other languages cannot read what is. The last day is left out, which is the year 10000
-- already in the time zones of the east.
create table public.whatsapp_identity (
  business_id bigint not null,
  id bigint not null default nextval('public.whatsapp_identity_id_seq'),
  kind text not null,
  scope text not null default '',
  value text not null,
  match_value text not null,
  conversation_id bigint,
  is_current boolean not null default true,
  valid_from timestamptz not null default '1970-01-01 00:00+00',
  valid_until timestamptz,
  created_at timestamptz not null default now(),
  constraint whatsapp_identity_pkey primary key (business_id, id),
  constraint whatsapp_identity_business_fkey
    foreign key (business_id) references public.business (id),
  constraint whatsapp_identity_conversation_fkey
    foreign key (business_id, conversation_id)
    references public.whatsapp_conversation (business_id, id)
    on delete cascade,
  constraint whatsapp_identity_kind_check
    check (kind in ('phone', 'lid', 'bsuid', 'group', 'broadcast', 'newsletter', 'other')),
  constraint whatsapp_identity_time_check check (
    least(valid_from, valid_until, created_at) >= '1970-01-01 00:00+00'
    and greatest(valid_from, valid_until, created_at) < '9999-12-31 00:00+00'
  )
);

alter sequence public.whatsapp_identity_id_seq owned by public.whatsapp_identity.id;

-- All owners that an address ever had.
create index whatsapp_identity_address_idx
  on public.whatsapp_identity (business_id, match_value, kind, scope, valid_from);

-- By this one every message finds its person. In both the number comes first, which alone tells
-- nearly all apart: behind kind and scope, each step down the index would compare three texts. The
-- planner takes one for the other where both would do, and of equals the one that was made last.
create unique index whatsapp_identity_person_idx
  on public.whatsapp_identity (business_id, match_value, kind, scope)
  where valid_until is null;

create index whatsapp_identity_conversation_idx
  on public.whatsapp_identity (business_id, conversation_id)
  where conversation_id is not null;

comment on table public.whatsapp_identity is
  'Who an address leads to. The row is what every writer reads (for share), and the lock that '
  'two first contacts of one person meet at; nothing updates it when a message arrives.';
comment on column public.whatsapp_identity.kind is
  'phone, lid, bsuid: a person; group, broadcast, newsletter, other: itself only.';
comment on column public.whatsapp_identity.scope is
  'The namespace of a bsuid: ENT for a parent BSUID (CC.ENT....), else empty.';
comment on column public.whatsapp_identity.value is
  'The address as WhatsApp knows it: + and digits for a phone, the user part for the others.';
comment on column public.whatsapp_identity.match_value is
  'What makes two spellings one account: phone_match_key(value) for a phone, else the value.';
comment on column public.whatsapp_identity.conversation_id is
  'Null: a lead has this phone, but nobody has written to or from it yet.';
comment on column public.whatsapp_identity.is_current is
  'False: an alias that still leads here, but is not what the person uses today.';
comment on column public.whatsapp_identity.valid_from is
  'The identity owns messages sent at or after this time. 1970-01-01 00:00+00: all.';
comment on column public.whatsapp_identity.valid_until is
  'Null: today''s owner of the address. Else the time at which it passed to somebody else.';

alter table public.whatsapp_identity enable row level security;

create policy business_isolation on public.whatsapp_identity
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

-- What a message's address comes down to: read_address() gives it, resolve_conversation() takes it.
create type onethread.whatsapp_address as (
  kind text,
  scope text,
  value text,
  match_value text
);

comment on type onethread.whatsapp_address is
  'An identifier with its namespace and match value, as in whatsapp_identity.';
comment on column onethread.whatsapp_address.kind is 'As whatsapp_identity.kind.';
comment on column onethread.whatsapp_address.scope is 'As whatsapp_identity.scope.';
comment on column onethread.whatsapp_address.value is 'As whatsapp_identity.value.';
comment on column onethread.whatsapp_address.match_value is 'As whatsapp_identity.match_value.';

do $$
begin
  perform onethread.revoke_from_others(
    'table', 'public.whatsapp_conversation', 'public.whatsapp_identity');
  perform onethread.revoke_from_others('type', 'onethread.whatsapp_address');
end;
$$;

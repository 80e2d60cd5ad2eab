-- depends: 0001_business
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

create sequence public.whatsapp_identity_id_seq;

create table public.whatsapp_identity (
  business_id bigint not null,
  id bigint not null default nextval('public.whatsapp_identity_id_seq'),
  kind text not null,
  scope text not null default '',
  value text not null,
  match_value text not null,
  conversation_id bigint,
  is_current boolean not null default true,
  valid_from timestamptz not null default '-infinity',
  valid_until timestamptz,
  created_at timestamptz not null default now(),
  constraint whatsapp_identity_pkey primary key (business_id, id),
  constraint whatsapp_identity_business_fkey foreign key (business_id) references public.business (id),
  constraint whatsapp_identity_conversation_fkey
    foreign key (business_id, conversation_id)
    references public.whatsapp_conversation (business_id, id)
    on delete cascade,
  constraint whatsapp_identity_kind_check
    check (kind in ('phone', 'lid', 'bsuid', 'group', 'broadcast', 'newsletter', 'other'))
);

alter sequence public.whatsapp_identity_id_seq owned by public.whatsapp_identity.id;

create unique index whatsapp_identity_owner_idx
  on public.whatsapp_identity (business_id, kind, scope, match_value)
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
  'The identity owns messages sent at or after this time.';
comment on column public.whatsapp_identity.valid_until is
  'Null: today''s owner of the address. Else the time at which it passed to somebody else.';

-- What a message's address comes down to; the argument of resolve_conversation().
create type onethread.whatsapp_address as (
  kind text,
  scope text,
  value text,
  match_value text
);

comment on type onethread.whatsapp_address is
  'An identifier with its namespace and match value, as in whatsapp_identity.';

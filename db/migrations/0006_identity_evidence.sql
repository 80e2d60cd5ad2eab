-- depends: 0005_loaded_source
-- What is known about who is whom, the joins that followed from it, and the open questions.

create sequence public.whatsapp_identity_evidence_id_seq;

create table public.whatsapp_identity_evidence (
  business_id bigint not null,
  id bigint not null default nextval('public.whatsapp_identity_evidence_id_seq'),
  a text not null,
  b text,
  relation text not null,
  source text,
  observed_at timestamptz not null default now(),
  a_key text collate "C",
  b_key text collate "C",
  a_at timestamptz,
  b_at timestamptz,
  applied_at timestamptz,
  inert_reason text,
  created_at timestamptz not null default now(),
  constraint whatsapp_identity_evidence_pkey primary key (business_id, id),
  constraint whatsapp_identity_evidence_business_fkey
    foreign key (business_id) references public.business (id),
  constraint whatsapp_identity_evidence_relation_check
    check (relation in ('same', 'replaced', 'different', 'merged'))
);

alter sequence public.whatsapp_identity_evidence_id_seq owned by public.whatsapp_identity_evidence.id;

-- A statement is kept once, with its earliest time. (A join by hand may be made again.)
create unique index whatsapp_identity_evidence_pair_idx
  on public.whatsapp_identity_evidence (business_id, a_key, b_key, relation)
  where relation <> 'merged';

-- The key first: with the business first, a table without statistics (a first import) was read by
-- any index that begins with the business, whole.
create index whatsapp_identity_evidence_a_key_idx
  on public.whatsapp_identity_evidence (a_key, business_id);

create index whatsapp_identity_evidence_b_key_idx
  on public.whatsapp_identity_evidence (b_key, business_id);

create index whatsapp_identity_evidence_pending_idx
  on public.whatsapp_identity_evidence (business_id, id)
  where applied_at is null;

comment on table public.whatsapp_identity_evidence is
  'Statements about who is whom. Inserting a row applies it; who owns which address follows from '
  'the whole set, whatever order the rows arrived in (see resolve_identities()).';
comment on column public.whatsapp_identity_evidence.a is
  'An identifier in any spelling that whatsapp_identifier() reads, or lead:ID. For same and '
  'different the two sides may be exchanged when the row is stored.';
comment on column public.whatsapp_identity_evidence.b is
  'The other identifier. Null with replaced: from observed_at on, a is somebody else.';
comment on column public.whatsapp_identity_evidence.relation is
  'same: one person; replaced: a was replaced by b (number change, rotation); different: a human '
  'says that they are two; merged: two conversations were joined by hand.';
comment on column public.whatsapp_identity_evidence.source is 'Who said so: a provider''s event, a person.';
comment on column public.whatsapp_identity_evidence.observed_at is
  'When it was first seen to be so; an earlier time replaces a later one.';
comment on column public.whatsapp_identity_evidence.a_key is
  'identifier_key() of a, set by trigger; null when a identifies nobody.';
comment on column public.whatsapp_identity_evidence.b_key is
  'identifier_key() of b, set by trigger; null when b is null or identifies nobody.';
comment on column public.whatsapp_identity_evidence.a_at is
  'Relation merged: a''s owner at this time is meant.';
comment on column public.whatsapp_identity_evidence.b_at is
  'Relation merged: b''s owner at this time is meant.';
comment on column public.whatsapp_identity_evidence.applied_at is
  'Null: pending, see apply_pending_evidence(). A row inserted with a value (a restore) is inert.';
comment on column public.whatsapp_identity_evidence.inert_reason is
  'Why the row says nothing about a person (unreadable, an own number, a group, ...), else null.';

create sequence onethread.whatsapp_conversation_merge_id_seq;

create table onethread.whatsapp_conversation_merge (
  business_id bigint not null,
  id bigint not null default nextval('onethread.whatsapp_conversation_merge_id_seq'),
  survivor_id bigint not null,
  absorbed_id bigint not null,
  reason text not null,
  evidence_id bigint,
  survivor_key text,
  survivor_at timestamptz,
  absorbed_key text,
  absorbed_at timestamptz,
  absorbed jsonb not null,
  identity_ids bigint[] not null,
  message_ids bigint[] not null default '{}',
  merged_at timestamptz not null default now(),
  undone_at timestamptz,
  constraint whatsapp_conversation_merge_pkey primary key (business_id, id),
  constraint whatsapp_conversation_merge_business_fkey
    foreign key (business_id) references public.business (id)
);

alter sequence onethread.whatsapp_conversation_merge_id_seq owned by onethread.whatsapp_conversation_merge.id;

create index whatsapp_conversation_merge_absorbed_idx
  on onethread.whatsapp_conversation_merge (business_id, absorbed_id, id);

create index whatsapp_conversation_merge_survivor_idx
  on onethread.whatsapp_conversation_merge (business_id, survivor_id, id);

comment on table onethread.whatsapp_conversation_merge is
  'Which conversation was joined into which, and why: the log that undo_merge() works from and '
  'that find_conversation_by_id() follows. An absorbed conversation has no row of its own.';
comment on column onethread.whatsapp_conversation_merge.evidence_id is
  'The evidence that brought it about: of relation merged when it was done by hand.';
comment on column onethread.whatsapp_conversation_merge.survivor_key is
  'The identifier that stood for the survivor, in identifier_key() form.';
comment on column onethread.whatsapp_conversation_merge.survivor_at is
  'The owner of survivor_key at this time is meant.';
comment on column onethread.whatsapp_conversation_merge.absorbed_key is
  'The identifier that stood for the absorbed conversation.';
comment on column onethread.whatsapp_conversation_merge.absorbed_at is
  'The owner of absorbed_key at this time is meant.';
comment on column onethread.whatsapp_conversation_merge.absorbed is
  'The conversation''s row as it was.';
comment on column onethread.whatsapp_conversation_merge.identity_ids is
  'Identities that came with the absorbed conversation.';
comment on column onethread.whatsapp_conversation_merge.message_ids is
  'Its messages that had no identity (a writer named the conversation); the others follow theirs.';

create sequence onethread.whatsapp_identity_conflict_id_seq;

create table onethread.whatsapp_identity_conflict (
  business_id bigint not null,
  id bigint not null default nextval('onethread.whatsapp_identity_conflict_id_seq'),
  evidence_id bigint not null,
  first_conversation_id bigint,
  second_conversation_id bigint,
  reason text not null,
  opened_at timestamptz not null default now(),
  settled_at timestamptz,
  constraint whatsapp_identity_conflict_pkey primary key (business_id, id),
  constraint whatsapp_identity_conflict_evidence_fkey
    foreign key (business_id, evidence_id)
    references public.whatsapp_identity_evidence (business_id, id)
    on delete cascade,
  constraint whatsapp_identity_conflict_evidence_key unique (business_id, evidence_id)
);

alter sequence onethread.whatsapp_identity_conflict_id_seq owned by onethread.whatsapp_identity_conflict.id;

create index whatsapp_identity_conflict_open_idx
  on onethread.whatsapp_identity_conflict (business_id, id)
  where settled_at is null;

comment on table onethread.whatsapp_identity_conflict is
  'Questions that only a human can settle: evidence that two conversations may be one person, '
  'which the rule does not join. Answer with merge_conversations(), or with evidence different.';
comment on column onethread.whatsapp_identity_conflict.first_conversation_id is
  'A conversation that may be the same person as the second; find_conversation_by_id() reads it.';
comment on column onethread.whatsapp_identity_conflict.settled_at is
  'When the question went away: joined, declared different, or answered by other evidence.';

-- All owners that an address ever had.
create index whatsapp_identity_address_idx
  on public.whatsapp_identity (business_id, kind, scope, match_value, valid_from);

alter table public.whatsapp_identity_evidence enable row level security;
alter table onethread.whatsapp_conversation_merge enable row level security;
alter table onethread.whatsapp_identity_conflict enable row level security;

create policy business_isolation on public.whatsapp_identity_evidence
  using (business_id = (select nullif(current_setting('onethread.business_id', true), '')::bigint));
create policy business_isolation on onethread.whatsapp_conversation_merge
  using (business_id = (select nullif(current_setting('onethread.business_id', true), '')::bigint));
create policy business_isolation on onethread.whatsapp_identity_conflict
  using (business_id = (select nullif(current_setting('onethread.business_id', true), '')::bigint));

-- What resolve_identities() works on and returns: parallel arrays, one entry for each node (account
-- or lead), for each epoch of a phone, for each conflict, for each "different".
create type onethread.whatsapp_resolution as (
  node text[],
  node_person int[],
  node_is_retired boolean[],
  node_seen_at timestamptz[],
  phone text[],
  phone_from timestamptz[],
  phone_person int[],
  phone_claimed_at timestamptz[],
  conflict_evidence_id bigint[],
  conflict_reason text[],
  conflict_first int[],
  conflict_second int[],
  different_a text[],
  different_b text[],
  spelling text[],
  spelling_of text[],
  last_person int
);

comment on type onethread.whatsapp_resolution is
  'Who is who: persons are numbers, accounts and leads have one each, a phone one for each epoch.';

-- What has to become of the identities of a component: plan_identities() -> write_identities().
create type onethread.whatsapp_identity_plan as (
  key text,
  valid_from timestamptz,
  valid_until timestamptz,
  is_current boolean,
  person int,
  identity_id bigint,
  old_conversation_id bigint,
  conversation_id bigint,
  is_changed boolean,
  is_join boolean
);

comment on type onethread.whatsapp_identity_plan is
  'One epoch of one identifier: the row that is to hold it (null: a new one) and the conversation it '
  'is to lead to. valid_from null: the row goes away. is_join: messages may have to move.';

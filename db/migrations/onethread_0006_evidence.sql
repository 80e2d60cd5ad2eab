-- depends: onethread_0005_event
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
    check (relation in ('same', 'replaced', 'different', 'merged')),
  constraint whatsapp_identity_evidence_time_check check (
    least(observed_at, a_at, b_at, applied_at, created_at) >= '1970-01-01 00:00+00'
    and greatest(observed_at, a_at, b_at, applied_at, created_at) < '9999-12-31 00:00+00'
  )
);

alter sequence public.whatsapp_identity_evidence_id_seq
  owned by public.whatsapp_identity_evidence.id;

-- A statement is kept once, with its earliest time. (A join by hand may be made again.)
create unique index whatsapp_identity_evidence_pair_idx
  on public.whatsapp_identity_evidence (business_id, a_key, b_key, relation)
  where relation <> 'merged';

-- So is one that says nothing about a person (unreadable, a group, ...). Hashed: such an identifier
-- may be a text of any length.
create unique index whatsapp_identity_evidence_inert_idx
  on public.whatsapp_identity_evidence (business_id, (md5(a)), (md5(coalesce(b, ''))), relation)
  where inert_reason is not null;

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
comment on column public.whatsapp_identity_evidence.source is
  'Who said so: a provider''s event, a person.';
comment on column public.whatsapp_identity_evidence.observed_at is
  'When it was first seen to be so; an earlier time replaces a later one. 1970-01-01 00:00+00: '
  'it was always so.';
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

alter table public.whatsapp_identity_evidence enable row level security;

create policy business_isolation on public.whatsapp_identity_evidence
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

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
    foreign key (business_id) references public.business (id),
  constraint whatsapp_conversation_merge_time_check check (
    least(survivor_at, absorbed_at, merged_at, undone_at) >= '1970-01-01 00:00+00'
    and greatest(survivor_at, absorbed_at, merged_at, undone_at) < '9999-12-31 00:00+00'
  )
);

alter sequence onethread.whatsapp_conversation_merge_id_seq
  owned by onethread.whatsapp_conversation_merge.id;

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

alter table onethread.whatsapp_conversation_merge enable row level security;

create policy business_isolation on onethread.whatsapp_conversation_merge
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

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
  constraint whatsapp_identity_conflict_evidence_key unique (business_id, evidence_id),
  constraint whatsapp_identity_conflict_time_check check (
    least(opened_at, settled_at) >= '1970-01-01 00:00+00'
    and greatest(opened_at, settled_at) < '9999-12-31 00:00+00'
  )
);

alter sequence onethread.whatsapp_identity_conflict_id_seq
  owned by onethread.whatsapp_identity_conflict.id;

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

alter table onethread.whatsapp_identity_conflict enable row level security;

create policy business_isolation on onethread.whatsapp_identity_conflict
  using (business_id = any (array(select onethread.visible_businesses(current_user))));

-- The state of the identity rule, which its steps hand on: parallel arrays, one entry for each node
-- (account or lead), for each epoch of a phone, for each conflict, for each "different".
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
comment on column onethread.whatsapp_resolution.node is
  'identifier_key() of each account (lid, bsuid) and lead.';
comment on column onethread.whatsapp_resolution.node_person is 'Whose the node is.';
comment on column onethread.whatsapp_resolution.node_is_retired is
  'The account was replaced by another of the same person.';
comment on column onethread.whatsapp_resolution.node_seen_at is 'Time of its earliest evidence.';
comment on column onethread.whatsapp_resolution.phone is
  'identifier_key() of a phone, once for each epoch.';
comment on column onethread.whatsapp_resolution.phone_from is
  'When the epoch begins; it ends where the phone''s next one begins.';
comment on column onethread.whatsapp_resolution.phone_person is 'Whose the phone is in this epoch.';
comment on column onethread.whatsapp_resolution.phone_claimed_at is
  'When that person was seen to have the phone: of several, the latest is the one used today.';
comment on column onethread.whatsapp_resolution.conflict_evidence_id is
  'The evidence that the rule does not follow by itself.';
comment on column onethread.whatsapp_resolution.conflict_reason is 'Why not, for people.';
comment on column onethread.whatsapp_resolution.conflict_first is
  'A person that may be the second.';
comment on column onethread.whatsapp_resolution.conflict_second is 'The other person.';
comment on column onethread.whatsapp_resolution.different_a is
  'identifier_key() of one side of evidence different.';
comment on column onethread.whatsapp_resolution.different_b is 'The other side.';
comment on column onethread.whatsapp_resolution.spelling is
  'A phone that is another spelling of one.';
comment on column onethread.whatsapp_resolution.spelling_of is
  'The phone under which its epochs are kept: the least of the spellings.';
comment on column onethread.whatsapp_resolution.last_person is
  'The highest number that a person has; the next one gets the number after it.';

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
  'One epoch of one identifier: the row that is to hold it and the conversation it is to lead to.';
comment on column onethread.whatsapp_identity_plan.key is 'identifier_key() of the identifier.';
comment on column onethread.whatsapp_identity_plan.valid_from is
  'When the epoch begins; null: the row goes away.';
comment on column onethread.whatsapp_identity_plan.valid_until is
  'When it ends; null: it is today''s.';
comment on column onethread.whatsapp_identity_plan.is_current is 'As whatsapp_identity.is_current.';
comment on column onethread.whatsapp_identity_plan.person is
  'Whose it is, a number of whatsapp_resolution.';
comment on column onethread.whatsapp_identity_plan.identity_id is
  'The row of whatsapp_identity; null: a new one.';
comment on column onethread.whatsapp_identity_plan.old_conversation_id is
  'Where the row leads now.';
comment on column onethread.whatsapp_identity_plan.conversation_id is
  'Where it is to lead; null: the person has no conversation yet.';
comment on column onethread.whatsapp_identity_plan.is_changed is
  'The row differs from the plan: it is to be written.';
comment on column onethread.whatsapp_identity_plan.is_join is 'Messages may have to move.';

do $$
begin
  perform onethread.revoke_from_others(
    'table',
    'public.whatsapp_identity_evidence',
    'onethread.whatsapp_conversation_merge',
    'onethread.whatsapp_identity_conflict');
  perform onethread.revoke_from_others(
    'type', 'onethread.whatsapp_resolution', 'onethread.whatsapp_identity_plan');
end;
$$;

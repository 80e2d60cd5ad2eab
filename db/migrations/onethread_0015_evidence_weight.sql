-- depends: onethread_0014_occasion
-- What a stranger can say alone joins nobody: evidence has a weight, and what is only claimed is a
-- question for a human.

alter table public.whatsapp_identity_evidence
  add column weight text not null default 'attested',
  add column is_undated boolean not null default false,
  add constraint whatsapp_identity_evidence_weight_check check (
    weight = 'attested' or weight = 'claimed' and relation in ('same', 'replaced')
  );

comment on column public.whatsapp_identity_evidence.weight is
  'attested: the rule follows it; claimed: a stranger may have made it up, so it joins nobody and '
  'is a suggestion while its two identifiers lead to two threads. Written when the row is stored; '
  'a pair is kept once for each weight.';
comment on column public.whatsapp_identity_evidence.is_undated is
  'Out of a history or an address book, which does not say when it was so: observed_at is when it '
  'came in, and a pair with a time of its own that gives the phone another account wins.';

-- A statement is kept once for each weight: a claim neither re-dates nor hides what is attested.
drop index public.whatsapp_identity_evidence_pair_idx;
create unique index whatsapp_identity_evidence_statement_idx
  on public.whatsapp_identity_evidence (business_id, a_key, b_key, relation, weight)
  where relation <> 'merged';

drop index public.whatsapp_identity_evidence_inert_idx;
create unique index whatsapp_identity_evidence_inert_statement_idx
  on public.whatsapp_identity_evidence
    (business_id, (md5(a)), (md5(coalesce(b, ''))), relation, weight)
  where inert_reason is not null;

-- With the weight: however much is claimed of somebody, what is attested is found without reading it.
drop index public.whatsapp_identity_evidence_a_key_idx;
create index whatsapp_identity_evidence_a_idx
  on public.whatsapp_identity_evidence (a_key, business_id, weight);

drop index public.whatsapp_identity_evidence_b_key_idx;
create index whatsapp_identity_evidence_b_idx
  on public.whatsapp_identity_evidence (b_key, business_id, weight);

alter table onethread.whatsapp_identity_conflict
  add column kind text not null default 'conflict',
  add constraint whatsapp_identity_conflict_kind_check check (kind in ('conflict', 'suggestion'));

comment on column onethread.whatsapp_identity_conflict.kind is
  'conflict: attested evidence that the rule does not follow by itself; suggestion: claimed '
  'evidence, which it never follows.';

alter table public.business
  add column trust_mappings boolean not null default true,
  add column trust_copies text[] not null default '{}';

comment on column public.business.trust_mappings is
  'Whether what gateways tell in bulk about who is whom (histories, address books, '
  'lid-mapping.update) is attested. false: it is claimed, for a gateway in which a stranger can '
  'forge it.';
comment on column public.business.trust_copies is
  'Providers (baileys, waha, ...) whose gateway delivers every message twice: there the two copies '
  'of one that came in are attested.';

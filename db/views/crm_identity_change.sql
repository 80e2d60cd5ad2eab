create or replace view public.crm_identity_change
with (security_invoker = true) as
select
  i.business_id,
  i.created_at as changed_at,
  'identifier' as change,
  i.conversation_id,
  null::bigint as other_conversation_id,
  onethread.identifier_key(i.kind, i.scope, i.value) as identifier,
  null::text as reason,
  i.id
from public.whatsapp_identity i
where i.conversation_id is not null

union all
select
  i.business_id, i.valid_until, 'passed on', i.conversation_id, null,
  onethread.identifier_key(i.kind, i.scope, i.value), null, i.id
from public.whatsapp_identity i
where i.conversation_id is not null
  and i.valid_until is not null

union all
select
  g.business_id, g.merged_at, 'merged', g.survivor_id, g.absorbed_id, g.absorbed_key, g.reason, g.id
from onethread.whatsapp_conversation_merge g

union all
select
  g.business_id, g.undone_at, 'merge undone', g.survivor_id, g.absorbed_id, g.absorbed_key,
  g.reason, g.id
from onethread.whatsapp_conversation_merge g
where g.undone_at is not null

union all
select
  k.business_id, k.opened_at, 'conflict', k.first_conversation_id, k.second_conversation_id, e.a_key,
  k.reason, k.id
from onethread.whatsapp_identity_conflict k
inner join public.whatsapp_identity_evidence e
  on e.business_id = k.business_id and e.id = k.evidence_id

union all
select
  k.business_id, k.settled_at, 'conflict settled', k.first_conversation_id,
  k.second_conversation_id, e.a_key, k.reason, k.id
from onethread.whatsapp_identity_conflict k
inner join public.whatsapp_identity_evidence e
  on e.business_id = k.business_id and e.id = k.evidence_id
where k.settled_at is not null;

comment on view public.crm_identity_change is
  'How people became who they are: identifiers, merges, conflicts, in no particular order. Always '
  'give business_id.';
comment on column public.crm_identity_change.business_id is 'The tenant.';
comment on column public.crm_identity_change.changed_at is 'When it was learnt or done.';
comment on column public.crm_identity_change.change is
  'identifier: one more leads to the conversation; passed on: from then on it is somebody else''s; '
  'merged, merge undone; conflict, conflict settled.';
comment on column public.crm_identity_change.conversation_id is
  'The conversation then; find_conversation_by_id() leads to the present one.';
comment on column public.crm_identity_change.other_conversation_id is
  'The absorbed conversation of a merge, the second one of a conflict.';
comment on column public.crm_identity_change.identifier is
  'kind:scope:value of the identifier, of the absorbed conversation, or of the conflict.';
comment on column public.crm_identity_change.reason is 'Why, for merges and conflicts.';
comment on column public.crm_identity_change.id is
  'Id of the identity, the merge (for undo_merge()) or the conflict.';

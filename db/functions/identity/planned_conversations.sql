-- The conversations that a plan touches.
create or replace function onethread.planned_conversations(p_plan onethread.whatsapp_identity_plan[])
returns bigint[]
language sql
immutable
parallel safe
return array(
  select p.conversation_id from unnest(p_plan) as p where p.conversation_id is not null
  union
  select p.old_conversation_id from unnest(p_plan) as p where p.old_conversation_id is not null
);

comment on function onethread.planned_conversations(onethread.whatsapp_identity_plan[]) is
  'Ids of all conversations that the plan''s identities lead to, before or after.';

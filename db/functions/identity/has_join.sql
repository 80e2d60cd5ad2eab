-- Does a plan join or part conversations, so that messages may have to move?
create or replace function onethread.has_join(p_plan onethread.whatsapp_identity_plan[])
returns boolean
language sql
immutable
parallel safe
return exists (select from unnest(p_plan) as p where p.is_join);

comment on function onethread.has_join(onethread.whatsapp_identity_plan[]) is
  'False: addresses only get a conversation that they did not have.';

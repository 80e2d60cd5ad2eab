-- The joins that a conversation went through, those that were undone too, for explain_message().
create or replace function onethread.explain_merges(
  p_business_id bigint,
  p_conversation_id bigint
)
returns table (what text, why text, at timestamptz)
language sql
stable
as $$
select
  format('merge %s: %s into %s', g.id, g.absorbed_id, g.survivor_id)
    || case when g.undone_at is not null then ' (undone)' else '' end,
  g.reason, g.merged_at
from (
  select m.*
  from onethread.conversation_merges(p_business_id, p_conversation_id) m
  union all
  select m.*
  from onethread.whatsapp_conversation_merge m
  where m.business_id = p_business_id
    and m.undone_at is not null
    and (m.survivor_id = p_conversation_id or m.absorbed_id = p_conversation_id)
) g
order by g.id
$$;

comment on function onethread.explain_merges(bigint, bigint) is
  'One row a merge: its id and conversations, the reason, when.';

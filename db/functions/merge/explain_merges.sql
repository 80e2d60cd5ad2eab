-- Through which joins has a conversation come to hold what it holds? Also those that were taken back.
create or replace function onethread.explain_merges(p_business_id bigint, p_conversation_id bigint)
returns table (step text, detail text, source text, at timestamptz)
language sql
stable
as $$
select
  'merge',
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
  'Steps of explain_message(): the merges into the conversation and under it, and undone ones.';

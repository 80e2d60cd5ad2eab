-- What was merged into a conversation, and into those that were merged into it.
create or replace function onethread.conversation_merges(
  p_business_id bigint,
  p_conversation_id bigint
)
returns setof onethread.whatsapp_conversation_merge
language sql
stable
as $$
with recursive merged as (
  select g.*
  from onethread.whatsapp_conversation_merge g
  where g.business_id = p_business_id
    and g.survivor_id = p_conversation_id
    and g.undone_at is null
  union all
  select g.*
  from merged m
  inner join onethread.whatsapp_conversation_merge g
    on g.business_id = p_business_id
    and g.survivor_id = m.absorbed_id
    and g.undone_at is null
)
select m.* from merged m
$$;

comment on function onethread.conversation_merges(bigint, bigint) is
  'The merges by which a conversation has come to hold what it holds; none that is undone.';

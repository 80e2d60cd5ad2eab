-- Who are, by this resolution, the two persons of a merge that is being undone, and of the merges
-- that have the same root or were made into the absorbed conversation?
create or replace function onethread.merge_sides(
  p_business_id bigint,
  p_root_id bigint,
  p_merge onethread.whatsapp_conversation_merge,
  p_state onethread.whatsapp_resolution
)
returns table (merge onethread.whatsapp_conversation_merge, survivor int, absorbed int)
language sql
stable
as $$
select
  m.g,
  onethread.identifier_person(p_state, (m.g).survivor_key, (m.g).survivor_at),
  onethread.identifier_person(p_state, (m.g).absorbed_key, (m.g).absorbed_at)
from (
  select p_merge as g
  union all
  select g
  from unnest(array[p_root_id, p_merge.absorbed_id]) as c (id)
  cross join lateral onethread.conversation_merges(p_business_id, c.id) g
) m
$$;

comment on function onethread.merge_sides(
  bigint, bigint, onethread.whatsapp_conversation_merge, onethread.whatsapp_resolution) is
  'Numbers of the persons for whom the two keys of a merge stand, for the given merge and all '
  'conversation_merges() of its root and of the absorbed conversation.';

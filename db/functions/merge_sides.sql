-- Who are, by this resolution, the two persons of a merge that is being undone, and of the merges
-- that have the same root or were made into the absorbed conversation?
create or replace function public.merge_sides(
  p_business_id bigint,
  p_root_id bigint,
  p_merge public.whatsapp_conversation_merge,
  p_cause public.whatsapp_identity_evidence,
  p_state public.whatsapp_resolution
)
returns table (merge public.whatsapp_conversation_merge, survivor int, absorbed int)
language sql
stable
as $$
select
  m.g,
  public.merge_person(
    p_business_id, p_state, (m.g).survivor_key, case when t.is_timed then (m.e).a_at end),
  public.merge_person(
    p_business_id, p_state, (m.g).absorbed_key, case when t.is_timed then (m.e).b_at end)
from (
  select p_merge as g, p_cause as e
  union all
  select g, e
  from unnest(array[p_root_id, p_merge.absorbed_id]) as c (id)
  cross join lateral public.conversation_merges(p_business_id, c.id) g
  left join public.whatsapp_identity_evidence e
    on e.business_id = p_business_id and e.id = g.evidence_id
) m
-- By hand two owners of one phone can be joined: the evidence knows whose time is meant.
cross join lateral (
  select (m.e).relation = 'merged'
    and ((m.e).a_key, (m.e).b_key) = ((m.g).survivor_key, (m.g).absorbed_key) as is_timed
) t
$$;

comment on function public.merge_sides(
  bigint, bigint, public.whatsapp_conversation_merge, public.whatsapp_identity_evidence,
  public.whatsapp_resolution) is
  'Numbers of the persons whom the two keys of a merge name (merge_person), for the given merge and '
  'all conversation_merges() of its root and of the absorbed conversation.';

-- Is it still asked whether two conversations are one person's?
create or replace function onethread.open_question(
  p_business_id bigint,
  p_keys text[],
  p_first_id bigint,
  p_second_id bigint
)
returns text
language sql
stable
as $$
select k.reason
from onethread.identity_component(p_business_id, p_keys) as c (keys)
cross join lateral (
  select a.business_id, a.id from unnest(onethread.load_evidence(p_business_id, c.keys)) as a
  union all
  select s.business_id, s.id from onethread.claimed_evidence(p_business_id, c.keys) as s
) as e
inner join onethread.whatsapp_identity_conflict k
  on k.business_id = e.business_id and k.evidence_id = e.id
cross join lateral (
  select
    onethread.find_conversation_by_id(k.business_id, k.first_conversation_id) as first_id,
    onethread.find_conversation_by_id(k.business_id, k.second_conversation_id) as second_id
) now
where k.business_id = p_business_id
  and k.settled_at is null
  and (now.first_id, now.second_id) in ((p_first_id, p_second_id), (p_second_id, p_first_id))
order by k.id
limit 1
$$;

comment on function onethread.open_question(bigint, text[], bigint, bigint) is
  'Reason of the oldest open question about two conversations that evidence about these keys, or '
  'about whom they connect, has raised; null when there is none.';

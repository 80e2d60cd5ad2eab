-- Which conversations has a plan left without identities, and for whom?
--
-- By what stands for each of the two, with its owner's time, an undo finds the person again.
create or replace function onethread.absorbed_conversations(
  p_business_id bigint,
  p_plan onethread.whatsapp_identity_plan[]
)
returns table (
  absorbed_id bigint,
  identity_ids bigint[],
  absorbed_key text,
  absorbed_at timestamptz,
  survivor_id bigint,
  survivor_key text,
  survivor_at timestamptz
)
language sql
stable
as $$
with empty as (
  select
    p.old_conversation_id as id, array_agg(p.identity_id) as identity_ids,
    (array_agg(n.id order by p.identity_id) filter (where n.id is not null))[1] as survivor_id
  from unnest(p_plan) as p
  cross join lateral (
    -- Of a row that goes away: where its others lead.
    select case
      when p.valid_from is not null then p.conversation_id
      else (select max(o.conversation_id) from unnest(p_plan) as o where o.key = p.key)
    end as id
  ) n
  where p.old_conversation_id is not null
  group by p.old_conversation_id
  having not onethread.has_identity(p_business_id, p.old_conversation_id)
)
select
  e.id, e.identity_ids,
  coalesce(a.key, absorbed.key), coalesce(a.owned_at, absorbed.valid_from, '1970-01-01 00:00+00'),
  e.survivor_id,
  coalesce(s.key, survivor.key), coalesce(s.owned_at, survivor.valid_from)
from empty e
cross join lateral (
  select p.key, p.valid_from
  from unnest(p_plan) as p
  where p.old_conversation_id = e.id
  order by p.valid_from is null, p.is_current desc, p.identity_id
  limit 1
) absorbed
cross join lateral (
  select p.key, p.valid_from
  from unnest(p_plan) as p
  where p.conversation_id = e.survivor_id
  order by
    p.old_conversation_id is not distinct from p.conversation_id desc, p.is_current desc,
    p.identity_id
  limit 1
) survivor
cross join lateral onethread.survivor_key(p_business_id, e.id) as a
cross join lateral onethread.survivor_key(p_business_id, e.survivor_id) as s
order by e.id
$$;

comment on function
  onethread.absorbed_conversations(bigint, onethread.whatsapp_identity_plan[]) is
  'A row for each conversation that no identity leads to after the plan: into which one it goes, and '
  'the identifiers that stand for the two.';

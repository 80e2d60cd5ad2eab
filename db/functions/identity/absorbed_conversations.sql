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
select
  old.id, old.identity_ids,
  coalesce(a.key, absorbed.key), coalesce(a.owned_at, absorbed.valid_from, '1970-01-01 00:00+00'),
  survivor.conversation_id,
  coalesce(s.key, survivor.key), coalesce(s.owned_at, survivor.valid_from)
from (
  select
    p.old_conversation_id as id, array_agg(p.identity_id) as identity_ids,
    (array_agg(went.conversation_id order by p.identity_id)
      filter (where went.conversation_id is not null))[1] as conversation_id
  from unnest(p_plan) as p
  cross join lateral (
    -- Of a row that went away: where its address leads now.
    select coalesce(p.conversation_id, max(n.conversation_id)) as conversation_id
    from unnest(p_plan) as n
    where n.key = p.key and p.valid_from is null
  ) went
  where p.old_conversation_id is not null
  group by p.old_conversation_id
  having not exists (
    select
    from public.whatsapp_identity i
    where i.business_id = p_business_id and i.conversation_id = p.old_conversation_id
    -- A probe for each: joined, the table would be read whole while it has no statistics.
    offset 0
  )
) old
cross join lateral (
  select p.key, p.valid_from
  from unnest(p_plan) as p
  where p.old_conversation_id = old.id
  order by p.valid_from is null, p.is_current desc, p.identity_id
  limit 1
) absorbed
cross join lateral (
  select p.conversation_id, p.key, p.valid_from
  from unnest(p_plan) as p
  where p.conversation_id = old.conversation_id
  order by
    p.old_conversation_id is not distinct from p.conversation_id desc, p.is_current desc,
    p.identity_id
  limit 1
) survivor
cross join lateral onethread.survivor_key(p_business_id, old.id) as a
cross join lateral onethread.survivor_key(p_business_id, survivor.conversation_id) as s
order by old.id
$$;

comment on function
  onethread.absorbed_conversations(bigint, onethread.whatsapp_identity_plan[]) is
  'A row for each conversation that no identity leads to after the plan: into which one it goes, and '
  'the identifiers that stand for the two.';

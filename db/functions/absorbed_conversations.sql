-- Which conversations has a plan left without identities, and for whom?
--
-- What stands for each of the two is an identifier of its own, not one that an earlier merge
-- brought, with its owner's time: by it an undo finds the person again.
create or replace function public.absorbed_conversations(
  p_business_id bigint,
  p_plan public.whatsapp_identity_plan[]
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
  old.id, old.identity_ids, absorbed.key, coalesce(absorbed.valid_from, '-infinity'),
  survivor.conversation_id, survivor.key, survivor.valid_from
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
  select s.key, s.valid_from
  from unnest(p_plan) as s
  where s.old_conversation_id = old.id
  order by
    s.valid_from is null, not public.is_own_identity(p_business_id, old.id, s.identity_id),
    s.is_current desc, s.identity_id
  limit 1
) absorbed
cross join lateral (
  select s.conversation_id, s.key, s.valid_from
  from unnest(p_plan) as s
  where s.conversation_id = old.conversation_id
  order by
    s.old_conversation_id is not distinct from s.conversation_id desc,
    not public.is_own_identity(p_business_id, s.conversation_id, s.identity_id),
    s.is_current desc, s.identity_id
  limit 1
) survivor
order by old.id
$$;

comment on function
  public.absorbed_conversations(bigint, public.whatsapp_identity_plan[]) is
  'A row for each conversation that no identity leads to after the plan: into which one it goes, and '
  'the identifiers that stand for the two.';

-- In which epoch of its identifier is each stored row?
--
-- The latest that had begun when the row begins. A row from before all of them is in none.
create or replace function onethread.place_identities(
  p_epochs onethread.whatsapp_identity_plan[],
  p_identities public.whatsapp_identity[]
)
returns table (
  identity_id bigint,
  conversation_id bigint,
  key text,
  valid_from timestamptz,
  person int,
  is_exact boolean
)
language sql
immutable
parallel safe
as $$
select i.id, i.conversation_id, e.key, e.valid_from, e.person, i.valid_from = e.valid_from
from unnest(p_identities) as i
cross join lateral (
  select e.key, e.valid_from, e.person
  from unnest(p_epochs) as e
  where e.key = onethread.identity_key(i)
    and e.valid_from <= i.valid_from
  order by e.valid_from desc
  limit 1
) e
$$;

comment on function onethread.place_identities(
  onethread.whatsapp_identity_plan[], public.whatsapp_identity[]) is
  'Each identity with the epoch that it is in and its person; is_exact: both begin together.';

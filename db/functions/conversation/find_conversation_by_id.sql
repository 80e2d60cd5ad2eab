-- Where is the conversation with this id now?
--
-- An absorbed one may have its row still, nameless and empty (retire_conversation): the log decides.
create or replace function onethread.find_conversation_by_id(p_business_id bigint, p_id bigint)
returns bigint
language sql
stable
as $$
with recursive step (id) as (
  select p_id
  union
  select m.survivor_id
  from step s
  cross join lateral (
    select g.survivor_id
    from onethread.whatsapp_conversation_merge g
    where g.business_id = p_business_id
      and g.absorbed_id = s.id
      and g.undone_at is null
    order by g.id desc
    limit 1
  ) m
)
select c.id
from step s
cross join lateral (
  select c.id
  from public.whatsapp_conversation c
  where c.business_id = p_business_id
    and c.id = s.id
    and not exists (
      select
      from onethread.whatsapp_conversation_merge g
      where g.business_id = p_business_id
        and g.absorbed_id = s.id
        and g.undone_at is null
    )
  -- A probe for each: joined, the table would be read whole while it has no statistics.
  offset 0
) c
$$;

comment on function onethread.find_conversation_by_id(bigint, bigint) is
  'The conversation with this id, or the one into which it was merged; null when there is none in '
  'this business.';

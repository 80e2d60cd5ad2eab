-- The log of the joins that a person's conversations went through.
create or replace function onethread.person_merges(
  p_business_id bigint,
  p_conversation_ids bigint[],
  p_keys text[]
)
returns setof onethread.whatsapp_conversation_merge
language sql
stable
as $$
with recursive joined (id, absorbed_id) as (
  -- What was undone leads to somebody else today.
  select m.id, case when m.undone_at is null then m.absorbed_id end
  from onethread.whatsapp_conversation_merge m
  where m.business_id = p_business_id
    and (
      m.survivor_id = any (p_conversation_ids)
      or m.absorbed_id = any (p_conversation_ids)
      or m.survivor_key = any (p_keys)
      or m.absorbed_key = any (p_keys)
    )
  union
  select m.id, case when m.undone_at is null then m.absorbed_id end
  from joined j
  inner join onethread.whatsapp_conversation_merge m
    on m.business_id = p_business_id and m.survivor_id = j.absorbed_id
)
select m.*
from onethread.whatsapp_conversation_merge m
where m.business_id = p_business_id
  and m.id in (select j.id from joined j)
$$;

comment on function onethread.person_merges(bigint, bigint[], text[]) is
  'The merges into, out of or under these conversations and identifiers.';

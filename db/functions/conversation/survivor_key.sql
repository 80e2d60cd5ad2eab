-- The identifier that stood for a conversation when it first survived a merge. It stands for it from
-- then on: what else it has may have come with the other one.
create or replace function onethread.survivor_key(
  p_business_id bigint,
  p_conversation_id bigint,
  out key text,
  out owned_at timestamptz
)
language sql
stable
as $$
select g.survivor_key, g.survivor_at
from onethread.whatsapp_conversation_merge g
where g.business_id = p_business_id
  and g.survivor_id = p_conversation_id
  and g.undone_at is null
order by g.id
limit 1
$$;

comment on function onethread.survivor_key(bigint, bigint) is
  'identifier_key() from the first merge into the conversation that is not undone, and the time at '
  'which its owner is meant; nulls when there is none.';

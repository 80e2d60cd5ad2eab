-- The identity that stands for a conversation: what has come with others does not, so that taking
-- their merge back does not take this one along.
create or replace function onethread.conversation_identity(
  p_business_id bigint,
  p_conversation_id bigint
)
returns public.whatsapp_identity
language sql
stable
as $$
select i.*
from public.whatsapp_identity i
cross join lateral onethread.survivor_key(p_business_id, p_conversation_id) as s
where i.business_id = p_business_id
  and i.conversation_id = p_conversation_id
order by
  onethread.identity_key(i) is not distinct from s.key
    and tstzrange(i.valid_from, i.valid_until) @> s.owned_at desc,
  onethread.identity_rank(i), i.id
limit 1
$$;

comment on function onethread.conversation_identity(bigint, bigint) is
  'The identity of survivor_key(); else the first of the conversation''s identities by '
  'identity_rank().';

-- The identifiers that lead to a conversation, the one that stands for it first.
create or replace function onethread.conversation_keys(
  p_business_id bigint,
  p_conversation_id bigint
)
returns text[]
language sql
stable
as $$
select coalesce(
  array_agg(onethread.identity_key(i) order by onethread.identity_rank(i), i.id), '{}')
from public.whatsapp_identity i
where i.business_id = p_business_id
  and i.conversation_id = p_conversation_id
$$;

comment on function onethread.conversation_keys(bigint, bigint) is
  'identifier_key() of every identity of a conversation, by identity_rank().';

-- All identifiers that lead to a conversation, the one that names the person best first.
--
-- A set of one row, as known_name().
create or replace function onethread.conversation_identifiers(
  p_business_id bigint,
  p_conversation_id bigint
)
returns table (addresses text[])
language sql
stable
rows 1
as $$
select coalesce(
  array_agg(
    onethread.written_address(i.kind, i.value)
    order by onethread.identity_rank(i), i.id),
  '{}')
from public.whatsapp_identity i
where i.business_id = p_business_id
  and i.conversation_id = p_conversation_id
$$;

comment on function onethread.conversation_identifiers(bigint, bigint) is
  'Identifiers of a conversation: +digits, CC.bsuid, digits@lid, id@g.us, ...: as '
  'find_conversation() reads them; by identity_rank().';

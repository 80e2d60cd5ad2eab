-- The identity that stands for a conversation.
create or replace function public.conversation_identity(
  p_business_id bigint,
  p_conversation_id bigint
)
returns public.whatsapp_identity
language sql
stable
as $$
select i.*
from public.whatsapp_identity i
where i.business_id = p_business_id
  and i.conversation_id = p_conversation_id
order by i.valid_until is null desc, i.is_current desc,
  public.identifier_rank(i.kind, i.scope), i.id
limit 1
$$;

comment on function public.conversation_identity(bigint, bigint) is
  'The strongest of today''s identities of a conversation, else of its former ones.';

-- The identity that stands for a conversation: one of its own, not one that a merge brought, so that
-- taking that merge back does not take this one along.
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
order by
  not public.is_own_identity(p_business_id, p_conversation_id, i.id),
  i.valid_until is null desc, i.is_current desc,
  public.identifier_rank(i.kind, i.scope), i.id
limit 1
$$;

comment on function public.conversation_identity(bigint, bigint) is
  'The strongest of the identities that a conversation had before anything was merged into it, '
  'today''s before former ones; else of all.';

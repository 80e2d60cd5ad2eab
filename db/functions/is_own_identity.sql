-- Did a conversation have this identity before anything was merged into it?
create or replace function public.is_own_identity(
  p_business_id bigint,
  p_conversation_id bigint,
  p_identity_id bigint
)
returns boolean
language sql
stable
as $$
select not exists (
  select
  from public.whatsapp_conversation_merge g
  where g.business_id = p_business_id
    and g.survivor_id = p_conversation_id
    and g.undone_at is null
    and p_identity_id = any (g.identity_ids)
)
$$;

comment on function public.is_own_identity(bigint, bigint, bigint) is
  'False when a merge that is not undone brought the identity to the conversation.';

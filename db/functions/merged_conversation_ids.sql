-- Whose history is also this conversation's: everybody who was merged into it, at any remove.
create or replace function public.merged_conversation_ids(
  p_business_id bigint,
  p_conversation_id bigint
)
returns bigint[]
language sql
stable
as $$
with recursive part (id) as (
  select p_conversation_id
  union
  select g.absorbed_id
  from part p
  inner join public.whatsapp_conversation_merge g
    on g.business_id = p_business_id and g.survivor_id = p.id and g.undone_at is null
)
select array_agg(p.id) from part p
$$;

comment on function public.merged_conversation_ids(bigint, bigint) is
  'Ids of the conversation itself and of all that were merged into it and are still.';

-- A conversation for somebody whom the rule parts from the one they are in.
--
-- The one they had before they were merged into it, so that its id leads to them again; else a new
-- one.
create or replace function public.part_conversation(
  p_business_id bigint,
  p_conversation_id bigint,
  p_keys text[]
)
returns bigint
language plpgsql
as $$
declare
  v_merge public.whatsapp_conversation_merge;
  v_conversation_id bigint;
begin
  if p_conversation_id is not null then
    select g.* into v_merge
    from public.conversation_merges(p_business_id, p_conversation_id) g
    where g.absorbed_key = any (p_keys)
    order by g.absorbed_id
    limit 1;
  end if;

  if v_merge.id is not null then
    perform public.recreate_conversation(v_merge);
    return v_merge.absorbed_id;
  end if;
  insert into public.whatsapp_conversation (business_id, kind)
  values (p_business_id, 'person')
  returning id into v_conversation_id;
  return v_conversation_id;
end;
$$;

comment on function public.part_conversation(bigint, bigint, text[]) is
  'Creates a conversation for the person with these identifier_key()s, who were in the given one '
  '(null: in none), under its old id when a merge brought it there (the merge is undone then).';

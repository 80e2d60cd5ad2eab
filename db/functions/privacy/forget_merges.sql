-- Delete the log of the joins that a person's conversations went through: none can be undone.
create or replace function onethread.forget_merges(
  p_business_id bigint,
  p_conversation_ids bigint[],
  p_keys text[]
)
returns bigint
language plpgsql
as $$
declare
  v_count bigint;
begin
  delete from onethread.whatsapp_conversation_merge m
  where m.business_id = p_business_id
    and m.id in (
      select g.id from onethread.person_merges(p_business_id, p_conversation_ids, p_keys) as g);
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function onethread.forget_merges(bigint, bigint[], text[]) is
  'Deletes person_merges(); returns how many.';

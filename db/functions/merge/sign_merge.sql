-- The merge that a join by hand has made gets its reason and its evidence.
--
-- Found by the identities: evidence that was applied along with it may have moved them before.
create or replace function onethread.sign_merge(
  p_business_id bigint,
  p_survivor_id bigint,
  p_absorbed_id bigint,
  p_last_merge_id bigint,
  p_cause public.whatsapp_identity_evidence,
  p_identity_ids bigint[]
)
returns bigint
language plpgsql
as $$
declare
  v_merge_id bigint;
begin
  select max(m.id) into v_merge_id
  from onethread.whatsapp_conversation_merge m
  where m.business_id = p_business_id
    and m.id > p_last_merge_id
    and m.survivor_id = onethread.find_conversation_by_id(p_business_id, p_survivor_id)
    and m.identity_ids && p_identity_ids;
  if v_merge_id is null then
    raise exception 'cannot merge conversation % into %: they have just been joined',
      p_absorbed_id, p_survivor_id
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  update onethread.whatsapp_conversation_merge m
  set reason = coalesce(p_cause.source, 'by hand'),
      evidence_id = p_cause.id
  where m.business_id = p_business_id and m.id = v_merge_id;
  return v_merge_id;
end;
$$;

comment on function onethread.sign_merge(
  bigint, bigint, bigint, bigint, public.whatsapp_identity_evidence, bigint[]) is
  'Id of the merge of these identities that was made after last_merge_id; raises 55000 when other evidence '
  'has joined them meanwhile.';

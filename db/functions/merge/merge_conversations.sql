-- Join two conversations by hand: a human knows that they are one person.
--
-- Written down as evidence, so that the rule says it again whenever it is asked; undo_merge() takes
-- it back. Waits for others who join in this business, up to some ten seconds.
create or replace function onethread.merge_conversations(
  p_business_id bigint,
  p_survivor_id bigint,
  p_absorbed_id bigint,
  p_reason text
)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_refusal text;
  v_survivor public.whatsapp_identity;
  v_absorbed public.whatsapp_identity;
  v_keys text[];
  v_last_merge_id bigint;
  v_evidence_id bigint;
  v_merge_id bigint;
  v_try int := 1;
begin
  perform onethread.check_caller(p_business_id);
  perform onethread.wait_for_joins(p_business_id);
  v_last_merge_id := nextval('onethread.whatsapp_conversation_merge_id_seq');
  v_refusal := onethread.merge_objection(p_business_id, p_survivor_id, p_absorbed_id);
  if v_refusal is not null then
    raise exception 'cannot merge conversation % into %: %',
      p_absorbed_id, p_survivor_id, v_refusal
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'onethread.preview_merge() says what would move or why it is refused.';
  end if;

  v_survivor := onethread.conversation_identity(p_business_id, p_survivor_id);
  v_absorbed := onethread.conversation_identity(p_business_id, p_absorbed_id);
  v_keys := array[
    onethread.identity_key(v_survivor),
    onethread.identity_key(v_absorbed)];
  insert into public.whatsapp_identity_evidence (
    business_id, a, b, relation, source, a_key, b_key, a_at, b_at, applied_at
  )
  values (
    p_business_id, onethread.address_spelling(onethread.key_address(v_keys[1])),
    onethread.address_spelling(onethread.key_address(v_keys[2])), 'merged', p_reason, v_keys[1],
    v_keys[2], v_survivor.valid_from, v_absorbed.valid_from, clock_timestamp()
  )
  returning id into v_evidence_id;

  while not onethread.join_identities(
    p_business_id, onethread.identity_component(p_business_id, v_keys), v_keys, null,
    p_survivor_id, null, null)
  loop
    v_try := onethread.next_try(
      v_try, format('cannot merge conversation %s into %s', p_absorbed_id, p_survivor_id));
  end loop;

  -- By the identities: evidence that was applied meanwhile may have moved them once already.
  select max(m.id) into v_merge_id
  from onethread.whatsapp_conversation_merge m
  where m.business_id = p_business_id
    and m.id > v_last_merge_id
    and m.survivor_id = onethread.find_conversation_by_id(p_business_id, p_survivor_id)
    and m.identity_ids && array[v_survivor.id, v_absorbed.id];
  if v_merge_id is null then
    raise exception 'cannot merge conversation % into %: they have just been joined',
      p_absorbed_id, p_survivor_id
      using errcode = 'object_not_in_prerequisite_state';
  end if;
  update onethread.whatsapp_conversation_merge m
  set reason = coalesce(p_reason, 'by hand'),
      -- Pending evidence may have been applied along with it.
      evidence_id = v_evidence_id
  where m.business_id = p_business_id and m.id = v_merge_id;
  return v_merge_id;
end;
$$;

comment on function onethread.merge_conversations(bigint, bigint, bigint, text) is
  'Moves everything of the absorbed conversation into the survivor; returns the id of the merge, for '
  'undo_merge(). Raises 55000 when it is refused (see preview_merge), 55P03 when others hold it.';

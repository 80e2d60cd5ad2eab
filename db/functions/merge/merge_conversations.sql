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
  v_try int := 1;
  v_refusal text;
  v_last_merge_id bigint;
  v_survivor public.whatsapp_identity;
  v_absorbed public.whatsapp_identity;
  v_cause public.whatsapp_identity_evidence;
  v_keys text[];
begin
  perform onethread.check_caller(
    p_business_id, 'onethread.merge_conversations(bigint, bigint, bigint, text)');
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
  v_cause := onethread.record_merged(p_business_id, v_survivor, v_absorbed, p_reason);
  v_keys := array[v_cause.a_key, v_cause.b_key];
  while not onethread.join_identities(
    p_business_id, onethread.identity_component(p_business_id, v_keys),
    array[p_survivor_id, p_absorbed_id],
    row(v_keys, null, p_survivor_id, null, null)::onethread.occasion)
  loop
    v_try := onethread.next_try(
      v_try, format('cannot merge conversation %s into %s', p_absorbed_id, p_survivor_id));
  end loop;
  return onethread.sign_merge(
    p_business_id, p_survivor_id, p_absorbed_id, v_last_merge_id, v_cause,
    array[v_survivor.id, v_absorbed.id]);
end;
$$;

comment on function onethread.merge_conversations(bigint, bigint, bigint, text) is
  'Moves everything of the absorbed conversation into the survivor; returns the id of the merge, for '
  'undo_merge(). Raises 55000 when it is refused (see preview_merge), 55P03 when others hold it.';

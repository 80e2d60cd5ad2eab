-- Join two conversations by hand: a human knows that they are one person.
--
-- Written down as evidence, so that the rule says it again whenever it is asked; undo_merge() takes
-- it back. Waits for others who join in this business, up to some ten seconds.
create or replace function public.merge_conversations(
  p_business_id bigint,
  p_survivor_id bigint,
  p_absorbed_id bigint,
  p_reason text
)
returns bigint
language plpgsql
as $$
declare
  v_refusal text := public.refuse_merge(p_business_id, p_survivor_id, p_absorbed_id);
  v_keys text[];
  v_merge_id bigint;
begin
  if v_refusal is not null then
    raise exception 'cannot merge conversation % into %: %',
      p_absorbed_id, p_survivor_id, v_refusal
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'preview_merge() says what would move or why it is refused.';
  end if;

  select array[
    public.identifier_key(s.kind, s.scope, s.match_value),
    public.identifier_key(a.kind, a.scope, a.match_value)]
  into v_keys
  from public.conversation_identity(p_business_id, p_survivor_id) s
  cross join public.conversation_identity(p_business_id, p_absorbed_id) a;
  insert into public.whatsapp_identity_evidence (
    business_id, a, b, relation, source, a_key, b_key, a_at, b_at, applied_at
  )
  select
    p_business_id, s.value, a.value, 'merged', p_reason, v_keys[1], v_keys[2],
    s.valid_from, a.valid_from, clock_timestamp()
  from public.conversation_identity(p_business_id, p_survivor_id) s
  cross join public.conversation_identity(p_business_id, p_absorbed_id) a;

  for v_try in 1..50 loop
    exit when public.apply_identities(p_business_id, v_keys, 2147483646, p_survivor_id);
    if v_try = 50 then
      raise exception 'cannot merge conversation % into %: others hold them',
        p_absorbed_id, p_survivor_id
        using errcode = 'lock_not_available',
          hint = 'A transaction that wrote to one of these people is still open. Try again.';
    end if;
  end loop;

  select m.id into v_merge_id
  from public.whatsapp_conversation_merge m
  where m.business_id = p_business_id
    and m.absorbed_id = p_absorbed_id
  order by m.id desc
  limit 1;
  update public.whatsapp_conversation_merge m
  set reason = coalesce(p_reason, 'by hand')
  where m.business_id = p_business_id and m.id = v_merge_id;
  return v_merge_id;
end;
$$;

comment on function public.merge_conversations(bigint, bigint, bigint, text) is
  'Moves everything of the absorbed conversation into the survivor; returns the id of the merge, for '
  'undo_merge(). Raises 55000 when it is refused (see preview_merge), 55P03 when others hold it.';

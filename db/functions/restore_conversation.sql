-- Give an absorbed conversation its row again, then its identities, then let the rule decide; or do
-- nothing.
create or replace function public.restore_conversation(
  p_business_id bigint,
  p_merge public.whatsapp_conversation_merge,
  p_cause public.whatsapp_identity_evidence,
  p_keys text[]
)
returns boolean
language plpgsql
set lock_timeout = '100ms'
as $$
declare
  v_keys text[] := array(
    select distinct k.key
    from (
      select unnest(public.identity_component(p_business_id, p_keys))
      union all
      select public.identifier_key(i.kind, i.scope, i.match_value)
      from public.whatsapp_identity i
      where i.business_id = p_business_id and i.id = any (p_merge.identity_ids)
    ) as k (key)
  );
  v_state public.whatsapp_resolution;
  v_survivor int;
  v_absorbed int;
  v_identity_ids bigint[];
  v_key text;
  v_survivor_id bigint := public.find_conversation_by_id(p_business_id, p_merge.survivor_id);
begin
  perform public.lock_join(p_business_id, v_keys, array[v_survivor_id]);
  -- After the people: who holds a row of evidence waits for nobody.
  perform public.withdraw_evidence(p_business_id, p_merge, p_cause);
  insert into public.whatsapp_conversation (business_id, id, kind, created_at)
  select p_business_id, p_merge.absorbed_id, c.kind, c.created_at
  from jsonb_populate_record(null::public.whatsapp_conversation, p_merge.absorbed) c;

  -- What is its person's, and not the survivor's, whichever merge brought it there.
  v_state := public.load_identities(p_business_id, v_keys);
  v_survivor := public.merge_person(p_business_id, v_state, p_merge.survivor_key);
  v_absorbed := public.merge_person(p_business_id, v_state, p_merge.absorbed_key);
  with moved as (
    update public.whatsapp_identity i
    set conversation_id = p_merge.absorbed_id
    where i.business_id = p_business_id
      and i.conversation_id = v_survivor_id
      and public.identifier_person(
        v_state, public.identifier_key(i.kind, i.scope, i.match_value), i.valid_from)
        = v_absorbed
      and v_absorbed <> v_survivor
    returning i.id
  )
  select array_agg(moved.id) into v_identity_ids from moved;

  perform public.follow_identities(p_business_id, v_identity_ids);
  update public.whatsapp_message m
  set conversation_id = p_merge.absorbed_id
  where m.business_id = p_business_id
    and m.id = any (p_merge.message_ids)
    and m.identity_id is null;

  -- Twice: who loses a canonical key goes before who gains it.
  for v_pass in 1..2 loop
    foreach v_key in array v_keys loop
      if not public.apply_identities(p_business_id, array[v_key], '{}', 2147483646) then
        raise lock_not_available;
      end if;
    end loop;
  end loop;
  return true;
exception when lock_not_available or deadlock_detected then
  return false;
end;
$$;

comment on function public.restore_conversation(
  bigint, public.whatsapp_conversation_merge, public.whatsapp_identity_evidence, text[]) is
  'Withdraws the evidence of a merge, re-creates the absorbed conversation under its id, points to it '
  'what came with it, and applies the evidence that is left. False, and nothing done, when others '
  'hold its people.';

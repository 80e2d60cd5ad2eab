-- Make whatsapp_identity, and the threads, say what the evidence says about these identifiers.
--
-- Most of the time nothing moves: an address gets the conversation of its person, for which its own
-- row is locked. Joining or parting conversations needs the business's resolution lock, and is
-- tried only for a moment: false means that the evidence stays pending, nobody's insert fails for
-- it. Only under READ COMMITTED: with an older snapshot a message that has just been committed
-- would be left behind. After every lock all is read again.
create or replace function public.apply_identities(
  p_business_id bigint,
  p_keys text[],
  p_max_moved int,
  p_survivor_id bigint default null
)
returns boolean
language plpgsql
as $$
declare
  v_keys text[] := public.identity_component(p_business_id, p_keys);
  v_state public.whatsapp_resolution := public.load_identities(p_business_id, v_keys);
  v_plan public.whatsapp_identity_plan[] :=
    public.plan_identities(p_business_id, v_keys, v_state, p_survivor_id);
  v_conversation_ids bigint[];
  v_locked_keys text[];
begin
  if not public.is_join(v_plan) then
    v_keys := public.lock_component(p_business_id, v_keys);
    v_state := public.load_identities(p_business_id, v_keys);
    v_plan := public.plan_identities(p_business_id, v_keys, v_state, p_survivor_id);
  end if;

  if public.is_join(v_plan) then
    if current_setting('transaction_isolation') <> 'read committed' then
      return false;
    end if;
    loop
      v_conversation_ids := public.planned_conversations(v_plan);
      v_locked_keys := v_keys;
      if not public.lock_join(p_business_id, v_keys, v_conversation_ids) then
        return false;
      end if;
      v_keys := public.identity_component(p_business_id, v_keys);
      v_state := public.load_identities(p_business_id, v_keys);
      v_plan := public.plan_identities(p_business_id, v_keys, v_state, p_survivor_id);
      -- Again, if somebody new appeared while it waited.
      exit when v_keys <@ v_locked_keys
        and public.planned_conversations(v_plan) <@ v_conversation_ids;
    end loop;
    if public.count_moved_messages(p_business_id, v_plan, p_max_moved + 1) > p_max_moved then
      return false;
    end if;
  end if;

  v_plan := public.write_identities(p_business_id, v_plan, v_state, p_keys);
  perform public.write_conflicts(p_business_id, v_keys, v_plan, v_state);
  -- With an older snapshot what others have just said may be missing: somebody has to look again.
  update public.whatsapp_identity_evidence e
  set applied_at = clock_timestamp()
  where e.business_id = p_business_id
    and e.a_key = any (v_keys)
    and e.applied_at is null
    and current_setting('transaction_isolation') = 'read committed';
  return true;
end;
$$;

comment on function public.apply_identities(bigint, text[], int, bigint) is
  'Applies all evidence about the identifiers and whom it connects them with. False: not now (locks '
  'not to be had within a moment, another isolation level than READ COMMITTED, more than max_moved '
  'messages to move); the evidence is pending then.';

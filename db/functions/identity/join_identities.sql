-- Join or part conversations, or nothing.
--
-- No wait in here is longer than a moment, whatever for, so that a join is never what a message
-- dies of: whoever is in the way wins, and the evidence stays pending. Only under READ COMMITTED:
-- with an older snapshot a message that has just been committed would be left behind. After every
-- lock all is read again.
create or replace function onethread.join_identities(
  p_business_id bigint,
  p_keys text[],
  p_cause text[],
  p_max_moved int,
  p_survivor_id bigint,
  p_writer_key text,
  p_written_at timestamptz
)
returns boolean
language plpgsql
set lock_timeout = '100ms'
as $$
declare
  v_keys text[] := p_keys;
  v_state onethread.whatsapp_resolution := onethread.decide_component(p_business_id, v_keys);
  v_plan onethread.whatsapp_identity_plan[] := onethread.plan_identities(
    p_business_id, v_keys, v_state, p_survivor_id);
  v_conversation_ids bigint[];
  v_locked_keys text[];
begin
  loop
    v_conversation_ids := onethread.planned_conversations(v_plan);
    v_locked_keys := v_keys;
    perform onethread.lock_for_join(p_business_id, v_keys, v_conversation_ids);
    v_keys := onethread.identity_component(p_business_id, v_keys);
    v_state := onethread.decide_component(p_business_id, v_keys);
    v_plan := onethread.plan_identities(p_business_id, v_keys, v_state, p_survivor_id);
    -- Again, if somebody new appeared while it waited.
    exit when v_keys <@ v_locked_keys
      and onethread.planned_conversations(v_plan) <@ v_conversation_ids;
  end loop;
  if p_max_moved is not null
    and onethread.count_moved_messages(p_business_id, v_plan, p_max_moved + 1) > p_max_moved
  then
    return false;
  end if;
  perform onethread.write_component(
    p_business_id, v_keys, v_plan, v_state, p_cause, p_writer_key, p_written_at);
  return true;
exception when lock_not_available or deadlock_detected then
  return false;
end;
$$;

comment on function onethread.join_identities(
  bigint, text[], text[], int, bigint, text, timestamptz) is
  'Carries out a plan that moves messages; false, and nothing done, when a lock was not to be had '
  'within 100 ms or more than max_moved messages (null: no limit) would move. survivor_id: the '
  'conversation to keep in a join by hand, null: by the rule; the rest as apply_component().';

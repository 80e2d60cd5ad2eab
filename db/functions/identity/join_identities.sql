-- Join or part conversations, or nothing.
--
-- No wait in here is longer than a moment, whatever for, so that a join is never what a message
-- dies of: whoever is in the way wins, and the evidence stays pending. Only under READ COMMITTED:
-- with an older snapshot a message that has just been committed would be left behind. After every
-- lock all is read again.
create or replace function onethread.join_identities(
  p_business_id bigint,
  p_keys text[],
  p_conversation_ids bigint[],
  p_occasion onethread.occasion
)
returns boolean
language plpgsql
set lock_timeout = '100ms'
as $$
declare
  v_keys text[] := p_keys;
  v_conversation_ids bigint[] := p_conversation_ids;
  v_locked_keys text[];
  v_state onethread.whatsapp_resolution;
  v_plan onethread.whatsapp_identity_plan[];
begin
  loop
    v_locked_keys := v_keys;
    perform onethread.lock_for_join(p_business_id, v_keys, v_conversation_ids);
    v_keys := onethread.identity_component(p_business_id, v_keys);
    v_state := onethread.decide_component(p_business_id, v_keys);
    v_plan := onethread.plan_identities(
      p_business_id, v_keys, v_state, p_occasion.survivor_id);
    -- Again, if somebody new appeared while it waited.
    exit when v_keys <@ v_locked_keys
      and onethread.planned_conversations(v_plan) <@ v_conversation_ids;
    v_conversation_ids := onethread.planned_conversations(v_plan);
  end loop;
  if p_occasion.max_moved is not null
    and onethread.count_moved_messages(p_business_id, v_plan, p_occasion.max_moved + 1)
      > p_occasion.max_moved
  then
    return false;
  end if;
  perform onethread.write_component(p_business_id, v_keys, v_plan, v_state, p_occasion);
  return true;
exception when lock_not_available or deadlock_detected then
  return false;
end;
$$;

comment on function onethread.join_identities(bigint, text[], bigint[], onethread.occasion) is
  'apply_component() where messages move. conversation_ids: those that the keys are known to '
  'touch. False, and nothing done, when a lock was not to be had within 100 ms or too many '
  'messages would move.';

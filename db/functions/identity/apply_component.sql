-- Apply the rule to people who are held (lock_component).
--
-- Most of the time nothing moves: an address gets the conversation of its person. Joining or
-- parting conversations needs more locks.
create or replace function onethread.apply_component(
  p_business_id bigint,
  p_keys text[],
  p_occasion onethread.occasion
)
returns boolean
language plpgsql
as $$
declare
  v_state onethread.whatsapp_resolution := onethread.decide_component(p_business_id, p_keys);
  v_plan onethread.whatsapp_identity_plan[] := onethread.plan_identities(
    p_business_id, p_keys, v_state, p_occasion.survivor_id);
begin
  if onethread.has_join(v_plan) then
    return current_setting('transaction_isolation') = 'read committed'
      and onethread.join_identities(
        p_business_id, p_keys, onethread.planned_conversations(v_plan), p_occasion);
  end if;
  perform onethread.write_component(p_business_id, p_keys, v_plan, v_state, p_occasion);
  return true;
end;
$$;

comment on function onethread.apply_component(bigint, text[], onethread.occasion) is
  'Applies the evidence about these keys, which are locked. False: not now.';

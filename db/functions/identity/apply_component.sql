-- Apply the rule to people who are held (lock_component).
--
-- Most of the time nothing moves: an address gets the conversation of its person. Joining or
-- parting conversations needs more locks.
create or replace function onethread.apply_component(
  p_business_id bigint,
  p_keys text[],
  p_cause text[],
  p_max_moved int,
  p_writer_key text,
  p_written_at timestamptz
)
returns boolean
language plpgsql
as $$
declare
  v_state onethread.whatsapp_resolution := onethread.decide_component(p_business_id, p_keys);
  v_plan onethread.whatsapp_identity_plan[] := onethread.plan_identities(
    p_business_id, p_keys, v_state, null);
begin
  if onethread.has_join(v_plan) then
    return current_setting('transaction_isolation') = 'read committed'
      and onethread.join_identities(
        p_business_id, p_keys, p_cause, p_max_moved, null, p_writer_key, p_written_at);
  end if;
  perform onethread.write_component(
    p_business_id, p_keys, v_plan, v_state, p_cause, p_writer_key, p_written_at);
  return true;
end;
$$;

comment on function onethread.apply_component(
  bigint, text[], text[], int, text, timestamptz) is
  'Applies the evidence about these keys, which are locked. cause: the keys it is about, for the '
  'log; writer_key, written_at: whose message is being written, so that this person gets a '
  'conversation. False: not now.';

-- Step 2 of the rule: who had which phone when.
--
-- A pair (account, phone) that is the first of both its account and, for that kind of account, its
-- phone, holds from the beginning of time: a bot that wrote to the phone before the account was
-- known is in the same thread. Unless the phone was somebody else's before: then it is in the thread
-- that the phone's owner has since. Every other pair begins an epoch when it was observed, so that a
-- number that went to a stranger does not take its history along.
create or replace function onethread.decide_phones(
  p_state onethread.whatsapp_resolution,
  p_evidence public.whatsapp_identity_evidence[]
)
returns onethread.whatsapp_resolution
language plpgsql
immutable
parallel safe
as $$
declare
  v_first_ids bigint[] := array(select onethread.first_phone_pairs(p_evidence));
  v_evidence public.whatsapp_identity_evidence;
  v_settled_ids bigint[] := '{}';
  v_person int;
  v_owner int;
begin
  foreach v_evidence in array p_evidence loop
    continue when v_evidence.id <> all (v_first_ids)
      or onethread.has_changed_hands(p_evidence, v_evidence.b_key, v_evidence.observed_at);
    v_person := onethread.node_person(p_state, v_evidence.a_key);
    v_owner := onethread.identifier_person(p_state, v_evidence.b_key, '1970-01-01 00:00+00');
    if v_owner <> all (coalesce(p_state.node_person, '{}'))
      and onethread.join_objection(p_state, v_person, v_owner, false) is null
    then
      p_state := onethread.join_persons(p_state, v_person, v_owner);
      p_state.phone_claimed_at[
        onethread.find_phone_epoch(p_state, v_evidence.b_key, '1970-01-01 00:00+00')]
        := v_evidence.observed_at;
      v_settled_ids := v_settled_ids || v_evidence.id;
    end if;
  end loop;

  foreach v_evidence in array p_evidence loop
    continue when v_evidence.id = any (v_settled_ids) or v_evidence.relation = 'merged';
    if onethread.is_account_key(v_evidence.a_key) and onethread.is_phone_key(v_evidence.b_key) then
      p_state := onethread.decide_phone_pair(
        p_state, v_evidence, v_evidence.id = any (v_first_ids));
    elsif v_evidence.relation = 'replaced' and onethread.is_phone_key(v_evidence.a_key)
      and coalesce(onethread.is_phone_key(v_evidence.b_key), true)
    then
      p_state := onethread.decide_number_change(p_state, v_evidence);
    end if;
  end loop;
  return p_state;
end;
$$;

comment on function onethread.decide_phones(
  onethread.whatsapp_resolution, public.whatsapp_identity_evidence[]) is
  'Lays out the epochs of every phone by evidence between an account and a phone, and between two '
  'phones.';

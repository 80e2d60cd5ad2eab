-- Step 1 of the rule: accounts that are attested together, or that replaced each other.
--
-- Not bound to a time: an account is one person's for good. A second current account of one kind
-- comes only by its own name (same, replaced), never through a third identifier.
create or replace function onethread.decide_accounts(
  p_state onethread.whatsapp_resolution,
  p_evidence public.whatsapp_identity_evidence[]
)
returns onethread.whatsapp_resolution
language plpgsql
immutable
parallel safe
as $$
declare
  v_evidence public.whatsapp_identity_evidence;
  v_is_one_kind boolean;
  v_person int;
  v_other int;
  v_reason text;
begin
  foreach v_evidence in array p_evidence loop
    continue when v_evidence.relation = 'merged'
      or not onethread.is_account_key(v_evidence.a_key)
      or not coalesce(onethread.is_account_key(v_evidence.b_key), false);
    v_is_one_kind := onethread.account_kind(v_evidence.a_key) = onethread.account_kind(v_evidence.b_key);

    if v_evidence.relation = 'replaced' and v_is_one_kind then
      p_state.node_is_retired[array_position(p_state.node, v_evidence.a_key)] := true;
      p_state.node_is_retired[array_position(p_state.node, v_evidence.b_key)] := false;
    end if;

    v_person := onethread.node_person(p_state, v_evidence.a_key);
    v_other := onethread.node_person(p_state, v_evidence.b_key);
    continue when v_person = v_other;
    v_reason := onethread.join_objection(p_state, v_person, v_other, v_is_one_kind);
    if v_reason is null then
      p_state := onethread.join_persons(p_state, v_person, v_other);
    else
      p_state := onethread.add_conflict(p_state, v_evidence, v_reason, v_person, v_other);
    end if;
  end loop;
  return p_state;
end;
$$;

comment on function onethread.decide_accounts(
  onethread.whatsapp_resolution, public.whatsapp_identity_evidence[]) is
  'Joins the persons of accounts by evidence same and replaced between accounts.';

-- An account was seen with a phone: whose is the phone from then on?
create or replace function onethread.decide_phone_pair(
  p_state onethread.whatsapp_resolution,
  p_evidence public.whatsapp_identity_evidence,
  p_is_first boolean
)
returns onethread.whatsapp_resolution
language plpgsql
immutable
parallel safe
as $$
declare
  v_phone constant text := p_evidence.b_key;
  v_at constant timestamptz := p_evidence.observed_at;
  v_person int := onethread.node_person(p_state, p_evidence.a_key);
  v_owner int := onethread.identifier_person(p_state, v_phone, v_at);
  v_is_owner_an_account boolean := v_owner = any (coalesce(p_state.node_person, '{}'));
  v_reason text;
begin
  if v_owner = v_person then
    return p_state;
  end if;

  -- A phone that nobody was known to own, or an account of a kind that its owner has not.
  v_reason := onethread.join_objection(p_state, v_person, v_owner, false);
  if v_reason is null and (p_is_first or v_is_owner_an_account) then
    return onethread.join_persons(p_state, v_person, v_owner);
  end if;

  p_state := onethread.add_conflict(
    p_state, p_evidence,
    coalesce(v_reason, 'the phone had a thread before the account was seen with it'),
    v_person, v_owner);
  if onethread.are_different(p_state, v_person, array[v_phone]) then
    return p_state;
  end if;
  return onethread.begin_epoch(p_state, v_phone, v_at, v_person);
end;
$$;

comment on function onethread.decide_phone_pair(
  onethread.whatsapp_resolution, public.whatsapp_identity_evidence, boolean) is
  'Joins the account''s person with the phone''s owner at that time, or begins an epoch of the '
  'phone for the account.';

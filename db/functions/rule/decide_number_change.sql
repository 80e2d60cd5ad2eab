-- A phone was replaced by another: its owner has the new one, whoever has the old one later is
-- somebody else.
create or replace function onethread.decide_number_change(
  p_state onethread.whatsapp_resolution,
  p_evidence public.whatsapp_identity_evidence
)
returns onethread.whatsapp_resolution
language plpgsql
immutable
parallel safe
as $$
declare
  v_at constant timestamptz := p_evidence.observed_at;
  v_person int := onethread.identifier_person(p_state, p_evidence.a_key, v_at);
  v_owner int;
  v_reason text;
begin
  p_state.last_person := p_state.last_person + 1;
  p_state := onethread.begin_epoch(p_state, p_evidence.a_key, v_at, p_state.last_person);
  if p_evidence.b_key is null then
    return p_state;
  end if;

  v_owner := onethread.identifier_person(p_state, p_evidence.b_key, v_at);
  if v_owner = v_person then
    return p_state;
  end if;

  if v_owner = any (coalesce(p_state.node_person, '{}')) then
    -- The account that came with the new phone was seen first. A person who changes numbers may
    -- have a new account of every kind.
    v_reason := onethread.join_objection(p_state, v_person, v_owner, true);
    if v_reason is null then
      return onethread.join_persons(p_state, v_person, v_owner);
    end if;
    return onethread.add_conflict(p_state, p_evidence, v_reason, v_person, v_owner);
  end if;

  p_state := onethread.add_conflict(
    p_state, p_evidence, 'the new phone had a thread before', v_person, v_owner);
  if onethread.are_different(p_state, v_person, array[p_evidence.b_key]) then
    return p_state;
  end if;
  return onethread.begin_epoch(p_state, p_evidence.b_key, v_at, v_person);
end;
$$;

comment on function onethread.decide_number_change(
  onethread.whatsapp_resolution, public.whatsapp_identity_evidence) is
  'Ends the old phone''s epoch at that time and gives its owner the new phone; b null: only ends.';

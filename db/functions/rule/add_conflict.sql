-- Keep a question for a human. What a human has answered with "different" is no question any more.
create or replace function onethread.add_conflict(
  p_state onethread.whatsapp_resolution,
  p_evidence_id bigint,
  p_reason text,
  p_person int,
  p_other int
)
returns onethread.whatsapp_resolution
language plpgsql
immutable
parallel safe
as $$
begin
  if p_reason <> 'different' and not onethread.are_different(
    p_state, p_person, array(select onethread.person_identifiers(p_state, p_other)))
  then
    p_state.conflict_evidence_id := p_state.conflict_evidence_id || p_evidence_id;
    p_state.conflict_reason := p_state.conflict_reason || p_reason;
    p_state.conflict_first := p_state.conflict_first || p_person;
    p_state.conflict_second := p_state.conflict_second || p_other;
  end if;
  return p_state;
end;
$$;

comment on function
  onethread.add_conflict(onethread.whatsapp_resolution, bigint, text, int, int) is
  'The state with one more conflict, unless evidence "different" stands between the two persons.';

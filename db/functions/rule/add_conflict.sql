-- Keep a question for a human. What a human has answered since is no question any more.
--
-- What contradicts an earlier answer is one question for the two persons, however much of it there is.
create or replace function onethread.add_conflict(
  p_state onethread.whatsapp_resolution,
  p_evidence public.whatsapp_identity_evidence,
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
  if p_reason = 'somebody said that they are two people' and exists (
    select
    from unnest(p_state.conflict_first, p_state.conflict_second) as k (first, second)
    where (k.first, k.second) in ((p_person, p_other), (p_other, p_person))
  ) then
    return p_state;
  end if;
  if not onethread.are_two_people(p_state, p_person, p_other, p_evidence.observed_at) then
    p_state.conflict_evidence_id := p_state.conflict_evidence_id || p_evidence.id;
    p_state.conflict_reason := p_state.conflict_reason || p_reason;
    p_state.conflict_first := p_state.conflict_first || p_person;
    p_state.conflict_second := p_state.conflict_second || p_other;
  end if;
  return p_state;
end;
$$;

comment on function onethread.add_conflict(
  onethread.whatsapp_resolution, public.whatsapp_identity_evidence, text, int, int) is
  'The state with one more conflict, unless somebody said after the evidence was seen that the two '
  'persons are two.';

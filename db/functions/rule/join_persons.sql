-- Two persons turn out to be one.
create or replace function onethread.join_persons(
  p_state onethread.whatsapp_resolution,
  p_person int,
  p_other int
)
returns onethread.whatsapp_resolution
language plpgsql
immutable
parallel safe
as $$
begin
  p_state.node_person := array_replace(p_state.node_person, p_other, p_person);
  p_state.phone_person := array_replace(p_state.phone_person, p_other, p_person);
  p_state.conflict_first := array_replace(p_state.conflict_first, p_other, p_person);
  p_state.conflict_second := array_replace(p_state.conflict_second, p_other, p_person);
  return p_state;
end;
$$;

comment on function onethread.join_persons(onethread.whatsapp_resolution, int, int) is
  'The state in which all that other had is person''s.';

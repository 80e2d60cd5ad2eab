-- The person to whom an identifier belongs at a time.
create or replace function onethread.identifier_person(
  p_state onethread.whatsapp_resolution,
  p_key text,
  p_at timestamptz
)
returns int
language plpgsql
immutable
parallel safe
as $$
begin
  if onethread.is_phone_key(p_key) then
    return p_state.phone_person[onethread.find_phone_epoch(
      p_state,
      coalesce(p_state.spelling_of[array_position(p_state.spelling, p_key)], p_key),
      p_at)];
  end if;
  return onethread.node_person(p_state, p_key);
end;
$$;

comment on function
  onethread.identifier_person(onethread.whatsapp_resolution, text, timestamptz) is
  'Number of the person: of an account or lead at any time, of a phone at the given one.';

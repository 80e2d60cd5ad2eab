-- From a time on, a phone is somebody else's.
create or replace function onethread.begin_epoch(
  p_state onethread.whatsapp_resolution,
  p_phone text,
  p_at timestamptz,
  p_person int
)
returns onethread.whatsapp_resolution
language plpgsql
immutable
parallel safe
as $$
declare
  v_epoch int := onethread.find_phone_epoch(p_state, p_phone, p_at);
begin
  if p_state.phone_from[v_epoch] = p_at then
    p_state.phone_person[v_epoch] := p_person;
    p_state.phone_claimed_at[v_epoch] := p_at;
  else
    p_state.phone := p_state.phone || p_phone;
    p_state.phone_from := p_state.phone_from || p_at;
    p_state.phone_person := p_state.phone_person || p_person;
    p_state.phone_claimed_at := p_state.phone_claimed_at || p_at;
  end if;
  return p_state;
end;
$$;

comment on function
  onethread.begin_epoch(onethread.whatsapp_resolution, text, timestamptz, int) is
  'The state in which an epoch of the phone begins at this time and is the person''s.';

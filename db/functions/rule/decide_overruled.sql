-- What an address book says against a pair that was seen is a question for a human, whichever came
-- first.
create or replace function onethread.decide_overruled(
  p_state onethread.whatsapp_resolution,
  p_overruled public.whatsapp_identity_evidence[]
)
returns onethread.whatsapp_resolution
language plpgsql
immutable
parallel safe
as $$
declare
  v_evidence public.whatsapp_identity_evidence;
  v_person int;
  v_owner int;
begin
  foreach v_evidence in array p_overruled loop
    v_person := onethread.node_person(p_state, v_evidence.a_key);
    v_owner := onethread.identifier_person(p_state, v_evidence.b_key, 'infinity');
    continue when v_person = v_owner;
    p_state := onethread.add_conflict(
      p_state, v_evidence, 'an address book names another account than the phone was seen with',
      v_person, v_owner);
  end loop;
  return p_state;
end;
$$;

comment on function onethread.decide_overruled(
  onethread.whatsapp_resolution, public.whatsapp_identity_evidence[]) is
  'The state with a conflict for each row of list_overruled_pairs().';

-- Step 4 of the rule: conversations that were joined by hand.
create or replace function onethread.decide_merged(
  p_state onethread.whatsapp_resolution,
  p_evidence public.whatsapp_identity_evidence[]
)
returns onethread.whatsapp_resolution
language plpgsql
immutable
parallel safe
as $$
declare
  v_merged record;
  v_person int;
  v_other int;
begin
  for v_merged in
    select e.a_key, e.a_at, e.b_key, e.b_at
    from unnest(p_evidence) as e
    where e.relation = 'merged'
    order by e.id
  loop
    v_person := onethread.identifier_person(p_state, v_merged.a_key, v_merged.a_at);
    v_other := onethread.identifier_person(p_state, v_merged.b_key, v_merged.b_at);
    -- Parted again since then (split_identifier).
    continue when onethread.are_two_people(p_state, v_person, v_other, null);
    p_state := onethread.join_persons(p_state, v_person, v_other);
  end loop;
  return p_state;
end;
$$;

comment on function onethread.decide_merged(
  onethread.whatsapp_resolution, public.whatsapp_identity_evidence[]) is
  'Joins persons by evidence merged: a''s owner at a_at with b''s owner at b_at.';

-- Has a human said that these persons are two?
--
-- Of two identifiers that they have, or of themselves: whose each of the two was at its time. Nothing
-- else follows from the latter; epochs are what they would be without it.
create or replace function onethread.are_two_people(
  p_state onethread.whatsapp_resolution,
  p_person int,
  p_other int,
  p_since timestamptz
)
returns boolean
language plpgsql
immutable
parallel safe
as $$
declare
  v_keys text[];
  v_other_keys text[];
begin
  if p_state.different_a is null then
    return false;
  end if;
  v_keys := array(select onethread.person_identifiers(p_state, p_person));
  v_other_keys := array(select onethread.person_identifiers(p_state, p_other));
  return exists (
    select
    from unnest(
      p_state.different_a, p_state.different_b, p_state.different_at, p_state.different_a_at,
      p_state.different_b_at
    ) as d (a, b, said_at, a_at, b_at)
    where (p_since is null or d.said_at >= p_since)
      and case
        when d.a_at is null then
          d.a = any (v_keys) and d.b = any (v_other_keys)
          or d.b = any (v_keys) and d.a = any (v_other_keys)
        else
          (
            onethread.identifier_person(p_state, d.a, d.a_at),
            onethread.identifier_person(p_state, d.b, d.b_at)
          ) in ((p_person, p_other), (p_other, p_person))
      end
  );
end;
$$;

comment on function onethread.are_two_people(
  onethread.whatsapp_resolution, int, int, timestamptz) is
  'True when evidence different stands between the two persons; since: only what was said then or '
  'later, null: whenever.';

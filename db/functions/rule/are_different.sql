-- Has a human said that a person has none of these identifiers?
--
-- Of identifiers, whoever has them and when. What was said of two persons, are_two_people() knows.
create or replace function onethread.are_different(
  p_state onethread.whatsapp_resolution,
  p_person int,
  p_other_keys text[]
)
returns boolean
language plpgsql
immutable
parallel safe
as $$
declare
  v_keys text[];
begin
  if p_state.different_a is null then
    return false;
  end if;
  v_keys := array(select onethread.person_identifiers(p_state, p_person));
  return exists (
    select
    from unnest(p_state.different_a, p_state.different_b, p_state.different_a_at)
      as d (a, b, a_at)
    where d.a_at is null
      and (
        d.a = any (v_keys) and d.b = any (p_other_keys)
        or d.b = any (v_keys) and d.a = any (p_other_keys)
      )
  );
end;
$$;

comment on function onethread.are_different(onethread.whatsapp_resolution, int, text[]) is
  'True when evidence "different" stands between an identifier of the person and one of the keys.';

-- Has a human said that these persons are two?
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
    from unnest(p_state.different_a, p_state.different_b) as d (a, b)
    where d.a = any (v_keys) and d.b = any (p_other_keys)
      or d.b = any (v_keys) and d.a = any (p_other_keys)
  );
end;
$$;

comment on function onethread.are_different(onethread.whatsapp_resolution, int, text[]) is
  'True when evidence "different" stands between an identifier of the person and one of the keys.';

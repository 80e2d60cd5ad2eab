-- Why two persons must not become one by themselves; null when they may.
create or replace function onethread.join_objection(
  p_state onethread.whatsapp_resolution,
  p_person int,
  p_other int,
  p_is_second_account_allowed boolean
)
returns text
language plpgsql
immutable
parallel safe
as $$
declare
  v_cap constant int := onethread.identifier_cap();
  v_other_keys text[] := array(select onethread.person_identifiers(p_state, p_other));
begin
  if onethread.are_two_people(p_state, p_person, p_other, null) then
    return 'somebody said that they are two people';
  end if;
  if not p_is_second_account_allowed and exists (
    select
    from unnest(p_state.node, p_state.node_person, p_state.node_is_retired)
      as mine (key, person, is_retired)
    inner join unnest(p_state.node, p_state.node_person, p_state.node_is_retired)
      as theirs (key, person, is_retired)
      on onethread.account_kind(theirs.key) = onethread.account_kind(mine.key)
    where mine.person = p_person and not mine.is_retired and onethread.is_account_key(mine.key)
      and theirs.person = p_other and not theirs.is_retired
  ) then
    return 'both have an account of the same kind';
  end if;
  if v_cap < (
    select count(*)
    from (
      select unnest(v_other_keys) as key
      union
      select onethread.person_identifiers(p_state, p_person)
    ) as k
    where not onethread.is_lead_key(k.key)
  ) then
    return format('together they would have more than %s identifiers', v_cap);
  end if;
  return null;
end;
$$;

comment on function onethread.join_objection(onethread.whatsapp_resolution, int, int, boolean) is
  'Reason against joining two persons: a human''s word, a second current account of one kind (unless '
  'allowed), or the cap on identifiers per person; else null.';

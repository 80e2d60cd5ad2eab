-- A human answers a conflict: these two conversations are two people.
--
-- Said of the two persons, so that they are not joined; whose an identifier is when, and where the
-- messages are, stays as it is. Waits for others who join in this business, as merge_conversations().
create or replace function onethread.declare_different(
  p_business_id bigint,
  p_first_id bigint,
  p_second_id bigint,
  p_source text
)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_try int := 1;
  v_sides record;
  v_keys text[];
  v_question text;
begin
  perform onethread.check_caller(
    p_business_id, 'onethread.declare_different(bigint, bigint, bigint, text)');
  perform onethread.wait_for_joins(p_business_id);
  perform onethread.refuse_different(p_business_id, p_first_id, p_second_id);
  select s.*
  into v_sides
  from onethread.different_sides(p_business_id, p_first_id, p_second_id) as s;
  if (v_sides.first).id is null then
    raise exception 'cannot say that conversations % and % are two people: both are of one phone',
      p_first_id, p_second_id
      using errcode = 'object_not_in_prerequisite_state',
        hint = 'They are two by the time at which the phone passed on; only a join by hand makes '
          'them one.';
  end if;

  v_keys := onethread.record_two_people(
    p_business_id, v_sides.first, v_sides.second, p_source);
  while not onethread.apply_identities(p_business_id, v_keys, '{}', null) loop
    v_try := onethread.next_try(
      v_try,
      format('cannot say that conversations %s and %s are two people', p_first_id, p_second_id));
  end loop;
  v_question := onethread.open_question(p_business_id, v_keys, p_first_id, p_second_id);
  if v_question is not null then
    raise exception 'it is still asked whether conversations % and % are one person''s: %',
      p_first_id, p_second_id, v_question
      using errcode = 'object_not_in_prerequisite_state';
  end if;
end;
$$;

comment on function onethread.declare_different(bigint, bigint, bigint, text) is
  'Writes the evidence that the persons of two conversations are two: settles the conflicts between '
  'them and keeps them apart; identifiers and messages stay where they are. Raises P0002 when one of '
  'them is unknown or they are the same, 55000 when it cannot be said of them or a conflict stays '
  'open, 55P03 when others hold them.';

-- Who else wrote last? At least so many conversations that have not been seen, by whole hours: whoever
-- is left out has no message in these.
--
-- Definer, as find_other_hour().
create or replace function onethread.find_other_conversations(
  p_business_id bigint,
  p_until timestamptz,
  p_seen bigint[],
  p_count int
)
returns bigint[]
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_pair record;
  v_hour timestamptz;
  v_others bigint[] := '{}';
begin
  if not onethread.is_callers_business(
    p_business_id, 'onethread.find_other_conversations(bigint, timestamptz, bigint[], int)') then
    return null;
  end if;
  for v_pair in
    select w.hour, w.conversation_id
    from onethread.walk_hours(p_business_id, p_until) w
    limit 2000
  loop
    if v_pair.hour <> v_hour and cardinality(v_others) >= p_count then
      return v_others;
    end if;
    v_hour := v_pair.hour;
    continue when v_pair.conversation_id = any (p_seen)
      or v_pair.conversation_id = any (v_others);
    v_others := v_others || v_pair.conversation_id;
  end loop;
  return null;
end;
$$;

comment on function onethread.find_other_conversations(bigint, timestamptz, bigint[], int) is
  'Conversations that have not been seen and have a message in the newest hours up to that of a time, '
  'in which there are at least so many; null when they are not found soon, or the '
  'business is another tenant''s.';

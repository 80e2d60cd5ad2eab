-- When did somebody else write? The end of a flood, found without reading it.
--
-- Definer, because date_bin() is not leakproof: under a policy the index could not be entered in the
-- middle, and every probe would begin at its end. So it asks by itself whether its caller may read.
create or replace function onethread.find_other_hour(
  p_business_id bigint,
  p_until timestamptz,
  p_seen bigint[]
)
returns timestamptz
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not onethread.is_callers_business(
    p_business_id, 'onethread.find_other_hour(bigint, timestamptz, bigint[])') then
    return null;
  end if;
  return (
    select q.hour
    from (
      select w.hour, w.conversation_id
      from onethread.walk_hours(p_business_id, p_until) w
      limit 2000
    ) q
    where q.conversation_id <> all (p_seen)
    limit 1
  );
end;
$$;

comment on function onethread.find_other_hour(bigint, timestamptz, bigint[]) is
  'The newest hour, up to that of a time, with a message of a conversation that has not been seen; '
  'null when it is not found soon, or the business is another tenant''s.';

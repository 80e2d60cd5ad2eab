-- The time that counts for what is stored already when somebody is erased: a clock that is ahead keeps
-- nothing from being erased.
create or replace function onethread.earliest_time(p_time timestamptz, p_arrival timestamptz)
returns timestamptz
language sql
stable
parallel safe
as $$
select least(p_time, case when onethread.is_plausible_time(p_arrival) then p_arrival end)
$$;

comment on function onethread.earliest_time(timestamptz, timestamptz) is
  'The time of a message or event, or that of its arrival when that was earlier.';

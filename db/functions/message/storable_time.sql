-- Any time that is not of a message: as near as other languages can read it.
create or replace function onethread.storable_time(p_time timestamptz)
returns timestamptz
language sql
immutable
parallel safe
as $$
select case
  when p_time < '1970-01-01 00:00+00' then '1970-01-01 00:00+00'
  when p_time >= '9999-12-31 00:00+00' then '9999-12-30 00:00+00'
  else p_time
end
$$;

comment on function onethread.storable_time(timestamptz) is
  'The time; the beginning of time (1970-01-01 00:00+00) for an earlier one, 9999-12-30 for a later '
  'one and infinity.';

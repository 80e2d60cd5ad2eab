-- Can this be the time of a message or an event? The one place that knows the bounds.
--
-- SQL, so that it is inlined where it is asked: the message trigger asks for each row.
create or replace function onethread.is_plausible_time(p_time timestamptz)
returns boolean
language sql
immutable
parallel safe
as $$
select p_time >= '1970-01-01 00:00+00' and p_time < '9999-12-31 00:00+00'
$$;

comment on function onethread.is_plausible_time(timestamptz) is
  'False for what no clock says and other languages cannot read: before 1970, after the year 9999, '
  'infinite. Null for null.';

-- Can this be the time of a message or an event? The one place that knows the bounds.
--
-- WhatsApp is of 2009, and a clock may be wrong by a day. What is written now arrives now: so it is
-- now's day that counts, also for a row that was made long ago and is sent only today.
--
-- SQL, so that it is inlined where it is asked: the message trigger asks for each row. Hours, because
-- a day would be counted on a calendar.
create or replace function onethread.is_plausible_time(p_time timestamptz)
returns boolean
language sql
stable
parallel safe
as $$
select p_time >= '2009-01-01 00:00+00' and p_time < now() + interval '24 hours'
$$;

comment on function onethread.is_plausible_time(timestamptz) is
  'False for what no clock says: before 2009, more than a day from now, infinite. Null for null.';

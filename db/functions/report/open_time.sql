-- Time between two moments without the hours at which nobody is there to answer.
--
-- On the clock of the business: of each of its spans as many as there are weeks between, and what of
-- this week's was over at the end, less what was over at the beginning. A shift of the clock within
-- opening hours counts as the clock shows it. It is a table of one row, because as that it becomes a
-- part of the query that asks: a report asks it for each answer of a month.
create or replace function onethread.open_time(
  p_business_id bigint,
  p_from timestamptz,
  p_until timestamptz
)
returns table (open_time interval)
language sql
stable
rows 1
as $$
select
  case
    when not (isfinite(p_from) and isfinite(p_until)) then null
    when count(span.opens) = 0 then p_until - p_from
    else sum(
      (clock.until_week - clock.from_week) * (span.closes - span.opens)
      + least(greatest(clock.until_hour, span.opens), span.closes)
      - least(greatest(clock.from_hour, span.opens), span.closes))
  end
from public.business b
cross join lateral (
  select
    p_from at time zone b.time_zone as from_at,
    greatest(p_until at time zone b.time_zone, p_from at time zone b.time_zone) as until_at
) moment
-- Weeks, each from its Monday on.
cross join lateral (
  select
    (moment.from_at::date - date '0001-01-01') / 7 as from_week,
    (moment.until_at::date - date '0001-01-01') / 7 as until_week,
    (moment.from_at::date - date '0001-01-01') % 7 * interval '24 hours'
      + moment.from_at::time::interval as from_hour,
    (moment.until_at::date - date '0001-01-01') % 7 * interval '24 hours'
      + moment.until_at::time::interval as until_hour
  -- Once, not for each span.
  offset 0
) clock
left join lateral (
  -- Closing at 00:00 is at the end of the day.
  select
    (h.weekday - 1) * interval '24 hours' + h.opens_at::interval as opens,
    (h.weekday - 1) * interval '24 hours'
      + case h.closes_at when '00:00' then '24:00' else h.closes_at::interval end as closes
  from onethread.business_hour h
  where h.business_id = b.id
) span on true
where b.id = p_business_id
  and isfinite(p_from)
  and isfinite(p_until)
$$;

comment on function onethread.open_time(bigint, timestamptz, timestamptz) is
  'The part of the time between that lies in the business''s hours (business_hour); all of it when it '
  'has none. One row.';

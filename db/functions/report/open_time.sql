-- Time between two moments without the hours at which nobody is there to answer.
--
-- On the clock of the business: whole weeks at once, then what is left of one day by day. A shift of
-- the clock within opening hours counts as the clock shows it.
create or replace function onethread.open_time(
  p_business_id bigint,
  p_from timestamptz,
  p_until timestamptz
)
returns interval
language plpgsql
stable
as $$
declare
  v_zone text;
  v_week interval;
  v_from timestamp;
  v_until timestamp;
  v_weeks int;
begin
  -- Closing at 00:00 is at the end of the day.
  select sum(
    case h.closes_at when '00:00' then '24:00' else h.closes_at::interval end - h.opens_at::interval)
  into v_week
  from onethread.business_hour h
  where h.business_id = p_business_id;
  if v_week is null or not (isfinite(p_from) and isfinite(p_until)) then
    return case when isfinite(p_from) and isfinite(p_until) then p_until - p_from end;
  end if;
  select b.time_zone into v_zone from public.business b where b.id = p_business_id;
  v_from := p_from at time zone v_zone;
  v_until := greatest(p_until at time zone v_zone, v_from);
  v_weeks := (v_until::date - v_from::date) / 7;
  if v_from + v_weeks * interval '7 days' > v_until then
    v_weeks := v_weeks - 1;
  end if;
  v_from := v_from + v_weeks * interval '7 days';

  return v_weeks * v_week + coalesce(
    (
      select sum(least(open.until, v_until) - greatest(day + h.opens_at, v_from))
      from generate_series(v_from::date, v_until::date, interval '1 day') as day
      inner join onethread.business_hour h
        on h.business_id = p_business_id
        and h.weekday = extract(isodow from day)
      cross join lateral (
        select
          day + case h.closes_at when '00:00' then '24:00' else h.closes_at::interval end as until
      ) open
      where open.until > v_from
        and day + h.opens_at < v_until
    ),
    interval '0');
end;
$$;

comment on function onethread.open_time(bigint, timestamptz, timestamptz) is
  'The part of the time between that lies in the business''s hours (business_hour); all of it when it '
  'has none.';

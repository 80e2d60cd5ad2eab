-- The time itself, or, when it cannot be, that of its arrival. Never an error: that would lose the row.
create or replace function onethread.plausible_time(p_time timestamptz, p_arrival timestamptz)
returns timestamptz
language plpgsql
stable
parallel safe
as $$
begin
  return case
    when onethread.is_plausible_time(p_time) then p_time
    when onethread.is_plausible_time(p_arrival) then p_arrival
    else now()
  end;
end;
$$;

comment on function onethread.plausible_time(timestamptz, timestamptz) is
  'The time; when it is null or not plausible, that of the arrival, or else now.';

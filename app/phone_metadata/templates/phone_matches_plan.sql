-- Whether a national number has the general shape of a numbering plan's numbers.
--
-- One binary search in a constant: the plans' patterns are kept as sorted intervals of
-- (plan * 18 + length) * 10^15 + first 15 digits, as the values where an interval begins and where
-- it is over. Inside of one when an odd number of them is at or below the key. The planner puts
-- this expression in place of the call. Nothing is cast before the length is known to fit.
create or replace function public.phone_matches_plan(p_national text, p_plan int)
returns boolean
language sql
immutable
parallel safe
as $$
  select case
    when length(p_national) between 1 and 17 then
      width_bucket(
        (p_plan * 18 + length(p_national)) * 1000000000000000 + left(p_national, 15)::bigint,
        {{general_thresholds}}
      ) % 2 = 1
    else false
  end
$$;

comment on function public.phone_matches_plan(text, int) is
  'Internal: whether a national number matches the general pattern of a numbering plan.';

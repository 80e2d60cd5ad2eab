-- Whether a national number has the general shape of a numbering plan's numbers.
--
-- One binary search in a constant: the plans' patterns are kept as sorted intervals of integers, as
-- the values where an interval begins and where it is over. A number is inside of one when an odd
-- number of them is at or below it. The integer is 100 + plan, then the digits; 16 and 17 digits,
-- which would not fit, are cut to 15 and marked by 300 or 600 more. The planner puts this
-- expression in place of the call, but only while all of it is immutable: integer || text is not,
-- unless cast.
create or replace function onethread.phone_matches_plan(p_national text, p_plan int)
returns boolean
language sql
immutable
parallel safe
as $$
  select case
    when length(p_national) between 1 and 17 then
      width_bucket(
        case
          when length(p_national) <= 15 then ((p_plan + 100)::text || p_national)::bigint
          else (
            (p_plan + 100 + 300 * (length(p_national) - 15))::text || left(p_national, 15)
          )::bigint
        end,
        {{general_thresholds}}
      ) % 2 = 1
    else false
  end
$$;

comment on function onethread.phone_matches_plan(text, int) is
  'Internal: whether a national number matches the general pattern of a numbering plan.';

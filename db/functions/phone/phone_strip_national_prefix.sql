-- Generated from phonenumbers 9.0.43 and Unicode 14.0.0 by: python -m phone_generator
-- Do not edit; change app/phone_generator/templates, generate again.

-- A national number without what is dialled before it inside its country (mostly 0 or 1).
--
-- Left alone when the number has the plan's shape with the prefix and would lose it without.
-- Most plans have one digit or none, dealt with here; the planner puts this expression in place of
-- the call. The list holds, per plan, the character code of that digit, 0 for none and -1 where
-- the rule is longer. (An empty number has the code 0; stripping nothing from it is right.)
create or replace function onethread.phone_strip_national_prefix(p_national text, p_plan int)
returns text
language sql
immutable
parallel safe
as $$
  select case ('{
0,0,48,48,-1,-1,48,48,0,-1,-1,48,-1,0,48,48,48,-1,48,48,0,48,0,0,0,48,-1,
0,-1,0,-1,-1,0,0,-1,0,49,-1,48,0,0,48,0,0,0,0,-1,-1,-1,48,0,0,-1,0,0,48,
0,0,-1,49,48,48,0,48,48,48,0,48,48,0,0,0,-1,48,-1,-1,-1,48,48,-1,48,0,0,
0,0,48,0,0,0,-1,0,0,0,0,48,0,-1,48,48,48,-1,48,0,48,48,0,0,-1,49,48,-1,
48,48,48,48,0,-1,48,-1,0,-1,56,48,48,-1,-1,48,48,0,-1,-1,0,48,48,48,48,48,
48,-1,49,48,0,48,48,0,-1,48,0,-1,0,0,0,48,0,48,0,48,0,0,-1,48,0,48,0,48,
0,0,48,0,0,48,0,0,48,48,0,48,49,48,0,0,48,0,48,48,48,56,48,48,0,0,48,48,
0,0,48,0,48,48,-1,0,48,0,48,0,0,-1,48,0,0,-1,0,0,48,0,0,0,56,0,0,48,-1,
0,48,48,48,48,49,48,0,0,-1,48,-1,-1,48,0,0,0,48,48,48,48,48,48,0,0,0,0,0,
0,0,0,0
  }'::int[])[p_plan]
    when -1 then onethread.phone_strip_long_prefix(p_national, p_plan)
    when 0 then p_national
    when ascii(p_national) then
      case
        when onethread.phone_matches_plan(substr(p_national, 2), p_plan)
          or not onethread.phone_matches_plan(p_national, p_plan)
        then substr(p_national, 2)
        else p_national
      end
    else p_national
  end
$$;

comment on function onethread.phone_strip_national_prefix(text, int) is
  'Internal: a national number without the national prefix of its numbering plan.';

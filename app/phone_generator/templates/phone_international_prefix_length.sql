-- How many digits at the beginning are the international prefix of a numbering plan (00, 011, ...).
--
-- The list holds 1 for 00, 2 for 011, 0 for plans without a prefix, else 2 + the number of one of
-- the longer rules. Those need a regular expression, so the first two digits are compared before:
-- most numbers are national. From rule {{first_plain_00}} on, 00 is a prefix of its own,
-- whatever follows. The planner puts this expression in place of the call.
create or replace function onethread.phone_international_prefix_length(p_digits text, p_plan int)
returns int
language sql
immutable
parallel safe
as $$
  select case ({{prefix_rules}})[p_plan]
    when 1 then case when starts_with(p_digits, '00') then 2 else 0 end
    when 2 then case when starts_with(p_digits, '011') then 3 else 0 end
    when 0 then 0
    else
      case
        when starts_with(p_digits, '00')
          and ({{prefix_rules}})[p_plan] >= {{first_plain_00}}
        then 2
        when strpos(
          ({{prefix_heads}})[({{prefix_rules}})[p_plan] - 2],
          left(p_digits, 2)
        ) > 0
        then onethread.phone_match_international_prefix(
          p_digits,
          ({{prefix_rules}})[p_plan] - 2
        )
        else 0
      end
  end
$$;

comment on function onethread.phone_international_prefix_length(text, int) is
  'Internal: length of the international prefix that digits dialled in a plan begin with, else 0.';

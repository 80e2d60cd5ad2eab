-- The plans whose national prefix is more than a digit: carrier codes, or local numbers of an
-- island that are given their area code.
--
-- Left alone when the number has the plan's shape and would lose it. "Is null" below means that no
-- prefix was found.
create or replace function onethread.phone_strip_long_prefix(p_national text, p_plan int)
returns text
language plpgsql
immutable
parallel safe
as $$
declare
  v_national text collate "C" := p_national;
  v_rest text collate "C";
begin
  v_rest := case
    when v_national = '' then null
    when p_plan in ({{pattern_plans}}) then
      onethread.phone_match_prefix_pattern(v_national, p_plan)
    else case p_plan
{{literal_rules}}
    end
  end;
  if v_rest is null
    or (not onethread.phone_matches_plan(v_rest, p_plan)
      and onethread.phone_matches_plan(v_national, p_plan))
  then
    return v_national;
  end if;
  return v_rest;
end
$$;

comment on function onethread.phone_strip_long_prefix(text, int) is
  'Internal: strips a national prefix in the plans where it is longer than one digit.';

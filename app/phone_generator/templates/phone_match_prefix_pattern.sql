-- The national number after a prefix that only a regular expression describes, else null.
--
-- Alternatives are tried one by one: PostgreSQL would take the longest, the reference takes the
-- first. Each is anchored in a group of its own, which makes the whole match element 1 of the
-- result and the pattern's first group element 2. Where a pattern rewrites the number it does so
-- only if its last group took part. The first digit is looked at before the pattern, because most
-- numbers have no prefix.
create or replace function onethread.phone_match_prefix_pattern(p_national text, p_plan int)
returns text
language plpgsql
immutable
parallel safe
as $$
declare
  v_national text collate "C" := p_national;
  v_first text collate "C" := left(p_national, 1);
  v_match text[];
begin
  case p_plan
{{pattern_rules}}
  end case;
  return null;
end
$$;

comment on function onethread.phone_match_prefix_pattern(text, int) is
  'Internal: what follows a national prefix that is described by a regular expression.';

-- Length of an international prefix other than 00 and 011, by rule number; 0 if it is not there.
create or replace function onethread.phone_match_international_prefix(p_digits text, p_rule int)
returns int
language plpgsql
immutable
parallel safe
as $$
declare
  v_digits text collate "C" := p_digits;
begin
  return coalesce(length(substring(v_digits from ({{prefix_patterns}})[p_rule])), 0);
end
$$;

comment on function onethread.phone_match_international_prefix(text, int) is
  'Internal: length of an international prefix that is neither 00 nor 011, else 0.';

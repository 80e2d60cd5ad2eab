-- Is all that is known about these identifiers that they come together now?
--
-- Then the rule has one answer, one person, and need not be asked: at most one account of a kind,
-- and a phone that is everybody's first.
create or replace function onethread.needs_no_rule(p_business_id bigint, p_keys text[])
returns boolean
language plpgsql
stable
as $$
declare
  v_kinds text[] := '{}';
  v_key text;
begin
  foreach v_key in array p_keys loop
    if onethread.is_lead_key(v_key)
      or onethread.account_kind(v_key) = any (v_kinds)
      or onethread.has_evidence(p_business_id, v_key)
    then
      return false;
    end if;
    v_kinds := v_kinds || onethread.account_kind(v_key);
  end loop;
  return true;
end;
$$;

comment on function onethread.needs_no_rule(bigint, text[]) is
  'True when no evidence names any of the keys, none is a lead, and no two compete (account_kind).';

-- Who may be meant in a text that holds anything, such as a provider's payload?
--
-- Candidates: a number may be a phone, a LID, or nobody. Only numbers written in one piece are seen.
create or replace function onethread.named_keys(p_text text)
returns table (name text, key text)
language sql
immutable
parallel safe
rows 20
as $$
select distinct n.name, k.key
from (
  select r.match[1] as name
  from regexp_matches(p_text, '[0-9]{5,20}(?:\.[0-9]+)?', 'g') as r (match)
  union all
  select split_part(r.match[1], '.', 1)
  from regexp_matches(p_text, '[0-9]{5,20}\.[0-9]+', 'g') as r (match)
  union all
  select r.match[1]
  from regexp_matches(p_text, '[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}', 'g') as r (match)
) n
cross join lateral (
  values
    (onethread.identifier_key('phone', '', onethread.phone_match_key('+' || n.name))),
    (onethread.identifier_key('lid', '', n.name)),
    (onethread.identifier_key('bsuid', onethread.identifier_scope('bsuid', n.name), n.name))
) as k (key)
$$;

comment on function onethread.named_keys(text) is
  'Every identifier_key() that a number or BSUID in the text may stand for, with the text of it.';

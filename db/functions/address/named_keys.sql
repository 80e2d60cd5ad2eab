-- Who may be meant in a text that holds anything, such as a provider's payload?
--
-- Candidates: a number may be a phone, a LID, or nobody. With a region also what a person may have
-- written: digits with blanks or punctuation between them, up to six pieces or all one by one, and
-- national numbers. Without one only numbers in one piece are seen, as programs write them: whoever
-- writes a text full of digits does not make everything slow.
create or replace function onethread.named_keys(p_text text, p_region text)
returns table (name text, key text)
language sql
immutable
parallel safe
rows 20
as $$
with readable as materialized (
  select onethread.readable_text(p_text) as text
),
piece as materialized (
  -- digits, what is between, digits, ...
  select run.n, array(
    select r.match[1] from regexp_matches(run.match[1], '([0-9]+|[^0-9]+)', 'g') as r (match)
  ) as pieces
  from readable
  cross join lateral regexp_matches(
    readable.text,
    case when p_region is null then '([0-9]{5,20}(?:\.[0-9]+)?)'
      else '([0-9](?:[ ()./+-]{0,3}[0-9])*)' end, 'g') with ordinality as run (match, n)
),
number as (
  select distinct array_to_string(p.pieces[f:l], '') as name
  from piece p
  cross join lateral generate_series(1, cardinality(p.pieces), 2) as f
  cross join lateral generate_series(f, least(f + 10, cardinality(p.pieces)), 2) as l
  union
  select array_to_string(p.pieces, '')
  from piece p
  where length(array_to_string(p.pieces, '')) < 80
),
written as (
  select n.name, regexp_replace(n.name, '[^0-9]', '', 'g') as digits
  from number n
)
select w.name, k.key
from written w
cross join lateral (
  values
    (onethread.identifier_key('phone', '', onethread.phone_match_key('+' || w.digits))),
    (
      case when w.name = w.digits or w.name ~ '^[0-9]+\.[0-9]+$'
        then onethread.identifier_key('lid', '', w.name) end
    ),
    (
      case when p_region is not null
        then onethread.address_key(onethread.read_address(w.name, p_region)) end
    ),
    (
      case when w.name <> w.digits
        then onethread.address_key(onethread.read_address('+' || w.name, null)) end
    )
) as k (key)
where length(w.digits) between 5 and 20
  and k.key is not null
union
select r.match[1], onethread.identifier_key(
  'bsuid', onethread.identifier_scope('bsuid', r.match[1]), r.match[1])
from readable
cross join lateral regexp_matches(
  readable.text, '([A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128})', 'g') as r (match)
$$;

comment on function onethread.named_keys(text, text) is
  'Every identifier_key() that a number or BSUID in the text may stand for, with the text of it as it '
  'stands in readable_text(); of typed and national numbers when a region is given.';

-- When was an identifier an erased person's?
--
-- A business that has erased nobody has no secret: it pays for one probe.
create or replace function onethread.erased_times(p_business_id bigint, p_key text)
returns setof onethread.erased_identifier
language sql
stable
rows 1
as $$
select e.*
from onethread.erasure_secret s
inner join onethread.erased_identifier e
  on e.business_id = s.business_id
  and e.key_hash = sha256(s.secret || convert_to(p_key, 'UTF8'))
where s.business_id = p_business_id
$$;

comment on function onethread.erased_times(bigint, text) is
  'The rows of erased_identifier about an identifier_key(), whether or not the person is back.';

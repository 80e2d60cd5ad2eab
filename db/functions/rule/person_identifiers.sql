-- All that one person has: accounts and leads, and phones of any epoch.
create or replace function onethread.person_identifiers(
  p_state onethread.whatsapp_resolution,
  p_person int
)
returns setof text
language sql
immutable
parallel safe
as $$
select n.key
from unnest((p_state).node, (p_state).node_person) as n (key, person)
where n.person = p_person
union
select e.phone
from unnest((p_state).phone, (p_state).phone_person) as e (phone, person)
where e.person = p_person
$$;

comment on function onethread.person_identifiers(onethread.whatsapp_resolution, int) is
  'Keys of the accounts, leads and phones of a person, phones of any epoch.';

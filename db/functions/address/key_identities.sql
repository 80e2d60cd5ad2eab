-- Who has, or had, these identifiers?
create or replace function onethread.key_identities(p_business_id bigint, p_keys text[])
returns setof public.whatsapp_identity
language sql
stable
rows 5
as $$
select i.*
from unnest(p_keys) as k (key)
cross join lateral onethread.key_address(k.key) as a
cross join lateral (
  select i.*
  from public.whatsapp_identity i
  where i.business_id = p_business_id
    and i.kind = a.kind
    and i.scope = a.scope
    and i.match_value = a.match_value
  -- A probe for each: joined, the table would be read whole while it has no statistics.
  offset 0
) i
$$;

comment on function onethread.key_identities(bigint, text[]) is
  'The identities of these identifier_key()s, today''s and former ones.';

-- What a person was called, and not whoever else had one of their phones.
create or replace function onethread.list_names(
  p_business_id bigint,
  p_identities public.whatsapp_identity[]
)
returns setof onethread.contact_name
language sql
stable
as $$
select n.*
from unnest(p_identities) as i
inner join onethread.contact_name n
  on n.business_id = p_business_id
  and n.key = onethread.identity_key(i)
  and n.told_at >= i.valid_from
  and (i.valid_until is null or n.told_at < i.valid_until)
$$;

comment on function onethread.list_names(bigint, public.whatsapp_identity[]) is
  'Names in contact_name that were given to these identities while each was theirs.';

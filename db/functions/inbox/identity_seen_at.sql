-- Since when is an identifier known to be its person's?
create or replace function onethread.identity_seen_at(p_identity public.whatsapp_identity)
returns timestamptz
language sql
stable
as $$
select coalesce(min(e.observed_at), p_identity.valid_from)
from onethread.identity_key(p_identity) as k (key)
cross join lateral (
  select o.observed_at
  from public.whatsapp_identity_evidence o
  where o.business_id = p_identity.business_id
    and o.a_key = k.key
    and o.relation = 'same'
    and o.weight = 'attested'
  union all
  select o.observed_at
  from public.whatsapp_identity_evidence o
  where o.business_id = p_identity.business_id
    and o.b_key = k.key
    and o.relation in ('same', 'replaced')
    and o.weight = 'attested'
) e
where e.observed_at >= p_identity.valid_from
$$;

comment on function onethread.identity_seen_at(public.whatsapp_identity) is
  'Time of the first evidence that names an identifier since its owner of today has it; valid_from '
  'when there is none.';

-- Was this account replaced by another of its kind (a BSUID that was rotated)?
--
-- A phone that was replaced leads to nobody, or to somebody else: it needs no question.
create or replace function onethread.is_retired_identity(p_identity public.whatsapp_identity)
returns boolean
language sql
stable
as $$
select coalesce(
  (
    select e.a_key = k.key
    from (
      select o.a_key, o.b_key, o.observed_at
      from public.whatsapp_identity_evidence o
      where o.business_id = p_identity.business_id
        and o.a_key = k.key
        and o.relation = 'replaced'
        and o.weight = 'attested'
      union all
      select o.a_key, o.b_key, o.observed_at
      from public.whatsapp_identity_evidence o
      where o.business_id = p_identity.business_id
        and o.b_key = k.key
        and o.relation = 'replaced'
        and o.weight = 'attested'
    ) e
    where onethread.account_kind(e.a_key) = onethread.account_kind(e.b_key)
      and onethread.is_account_key(k.key)
    order by e.observed_at desc, e.a_key collate "C" desc
    limit 1
  ),
  false)
from onethread.identity_key(p_identity) as k (key)
$$;

comment on function onethread.is_retired_identity(public.whatsapp_identity) is
  'True when the latest evidence "replaced" about an account says that another one took its place.';

-- Phones that are a shop's, a switchboard's, the business's own: more accounts were seen with them
-- than one person has.
create or replace function onethread.list_shared_phones(
  p_evidence public.whatsapp_identity_evidence[]
)
returns table (phone text, evidence_ids bigint[], account_keys text[])
language sql
immutable
parallel safe
as $$
select
  e.b_key, array_agg(e.id order by e.observed_at, e.a_key collate "C"),
  array_agg(e.a_key order by e.observed_at, e.a_key collate "C")
from unnest(p_evidence) as e
where e.relation = 'same'
  and onethread.is_account_key(e.a_key)
  and onethread.is_phone_key(e.b_key)
group by e.b_key
having count(*) > onethread.identifier_cap()
$$;

comment on function onethread.list_shared_phones(public.whatsapp_identity_evidence[]) is
  'Phones that are paired with more than identifier_cap() accounts; those pairs and accounts, the '
  'earliest first.';

-- Pairs (account, phone) out of a history or an address book, which do not say when that was, where
-- the phone was seen with another account of the kind at a known time: they move nothing.
create or replace function onethread.list_overruled_pairs(
  p_evidence public.whatsapp_identity_evidence[]
)
returns setof bigint
language sql
immutable
parallel safe
as $$
select e.id
from unnest(p_evidence) as e
where e.is_undated
  and e.relation = 'same'
  and onethread.is_account_key(e.a_key)
  and onethread.is_phone_key(e.b_key)
  and exists (
    select
    from unnest(p_evidence) as dated
    where not dated.is_undated
      and dated.relation = 'same'
      and dated.b_key = e.b_key
      and dated.a_key <> e.a_key
      and onethread.account_kind(dated.a_key) = onethread.account_kind(e.a_key)
  )
$$;

comment on function onethread.list_overruled_pairs(public.whatsapp_identity_evidence[]) is
  'Ids of the rows without a time of their own that a row with one contradicts.';

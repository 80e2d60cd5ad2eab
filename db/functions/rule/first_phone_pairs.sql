-- Pairs (account, phone) that are the first of the account, and the first of the phone for that kind
-- of account.
create or replace function onethread.first_phone_pairs(
  p_evidence public.whatsapp_identity_evidence[]
)
returns setof bigint
language sql
immutable
parallel safe
as $$
select p.id
from (
  select
    e.id,
    row_number() over (
      partition by e.a_key
      order by e.observed_at, e.b_key collate "C", e.id) as rank_of_account,
    row_number() over (
      partition by e.b_key, onethread.account_kind(e.a_key)
      order by e.observed_at, e.a_key collate "C", e.id) as rank_of_phone
  from unnest(p_evidence) as e
  where e.relation <> 'merged'
    and onethread.is_account_key(e.a_key)
    and onethread.is_phone_key(e.b_key)
) p
where p.rank_of_account = 1
  and p.rank_of_phone = 1
$$;

comment on function onethread.first_phone_pairs(public.whatsapp_identity_evidence[]) is
  'Ids of the evidence rows from which an account has its phone since the beginning of time.';

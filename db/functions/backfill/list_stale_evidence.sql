-- Evidence about phones that the phone functions take for others now.
create or replace function onethread.list_stale_evidence(p_left text[] default '{}')
returns table (
  business_id bigint,
  id bigint,
  relation text,
  a text,
  a_key text,
  new_a_key text,
  b text,
  b_key text,
  new_b_key text,
  is_read_again boolean
)
language sql
stable
as $$
select
  e.business_id, e.id, e.relation, e.a, e.a_key, n.a_key, e.b, e.b_key, n.b_key,
  n.a_key <> e.a_key and onethread.is_typed_number(e.a)
    or n.b_key <> e.b_key and onethread.is_typed_number(e.b)
from public.whatsapp_identity_evidence e
cross join lateral (
  select
    onethread.renew_evidence_key(e.business_id, e.a, e.a_key) as a_key,
    onethread.renew_evidence_key(e.business_id, e.b, e.b_key) as b_key
  offset 0
) n
where (onethread.is_phone_key(e.a_key) or onethread.is_phone_key(e.b_key))
  and (n.a_key, n.b_key) is distinct from (e.a_key, e.b_key)
  and not exists (
    select
    from (values (e.a_key, n.a_key), (e.b_key, n.b_key)) as k (key, new_key)
    where k.new_key <> k.key
      and onethread.phone_change(
        e.business_id, (onethread.key_address(k.key)).match_value,
        (onethread.key_address(k.new_key)).match_value) = any (p_left)
  )
$$;

comment on function onethread.list_stale_evidence(text[]) is
  'Evidence whose keys are not what the phone functions say now, with those that it is to have. '
  'is_read_again: a person typed the number, and not only its match value is another one. Without what is left '
  '(phone_change).';

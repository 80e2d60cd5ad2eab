-- By which two identifiers is it said that the persons of two conversations are two?
--
-- Accounts first: they are one person's for good. A phone stands for whoever had it when that epoch
-- began, so it must not be the other side's phone at another time.
create or replace function onethread.different_sides(
  p_business_id bigint,
  p_first_id bigint,
  p_second_id bigint,
  out first public.whatsapp_identity,
  out second public.whatsapp_identity
)
language sql
stable
as $$
with spelling as materialized (
  select s.spelling, s.spelling_of
  from onethread.load_evidence(
    p_business_id,
    onethread.identity_component(
      p_business_id,
      onethread.conversation_keys(p_business_id, p_first_id)
        || onethread.conversation_keys(p_business_id, p_second_id))) as e
  cross join lateral onethread.list_phone_spellings(e) as s
),
side as materialized (
  select i as identity, i.conversation_id, coalesce(s.spelling_of, k.key) as key
  from public.whatsapp_identity i
  cross join lateral onethread.identity_key(i) as k (key)
  left join spelling s on s.spelling = k.key
  where i.business_id = p_business_id
    and i.conversation_id in (p_first_id, p_second_id)
)
select a.identity, b.identity
from side a
inner join side b on b.key <> a.key
where a.conversation_id = p_first_id
  and b.conversation_id = p_second_id
order by
  ((a.identity).kind = 'phone')::int + ((b.identity).kind = 'phone')::int,
  (a.identity).valid_from, (b.identity).valid_from,
  onethread.identifier_rank((a.identity).kind, (a.identity).scope),
  onethread.identifier_rank((b.identity).kind, (b.identity).scope), (a.identity).id,
  (b.identity).id
limit 1
$$;

comment on function onethread.different_sides(bigint, bigint, bigint) is
  'An identity of each conversation, of two identifiers that are not one phone; nulls when there are '
  'no such two.';

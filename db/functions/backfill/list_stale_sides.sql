-- What list_stale_evidence() names, one number a row; not what only follows its identity.
create or replace function onethread.list_stale_sides()
returns table (
  business_id bigint,
  raw text,
  before text,
  after text,
  rows bigint,
  conversation_id bigint
)
language sql
stable
-- As list_stale_phones().
set enable_nestloop = off
-- What is off counts as so dear that the phone functions would be compiled: seconds for nothing.
set jit = off
as $$
select
  s.business_id, side.raw, side.match_value, side.new_match_value, count(*), i.conversation_id
from onethread.list_stale_evidence() s
cross join lateral (
  values (s.a, s.a_key, s.new_a_key), (s.b, s.b_key, s.new_b_key)
) as k (raw, key, new_key)
cross join lateral (
  select
    k.raw, (onethread.key_address(k.key)).match_value,
    (onethread.key_address(k.new_key)).match_value as new_match_value
) side
left join public.whatsapp_identity i
  on i.business_id = s.business_id
  and i.kind = 'phone'
  and i.scope = ''
  and i.match_value = side.match_value
  and i.valid_until is null
where k.key <> k.new_key
  -- Else it only follows its identity.
  and onethread.phone_match_key(coalesce(i.value, side.match_value)) <> side.new_match_value
group by s.business_id, side.raw, side.match_value, side.new_match_value, i.conversation_id
$$;

comment on function onethread.list_stale_sides() is
  'Numbers that a person typed into evidence and that are another phone now, with match values '
  'before and after, how many rows have them, and the thread of the phone before.';

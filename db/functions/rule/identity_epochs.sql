-- The outcome of the rule as rows: whose is each identifier, and from when until when.
create or replace function onethread.identity_epochs(
  p_state onethread.whatsapp_resolution,
  p_keys text[]
)
returns table (
  key text,
  valid_from timestamptz,
  valid_until timestamptz,
  person int,
  is_current boolean
)
language sql
immutable
parallel safe
as $$
select
  n.key, '1970-01-01 00:00+00'::timestamptz, null::timestamptz, n.person,
  not n.is_retired and n.seen_at = max(n.seen_at) filter (where not n.is_retired) over (
    partition by n.person, onethread.account_kind(n.key))
from unnest(
  (p_state).node, (p_state).node_person, (p_state).node_is_retired, (p_state).node_seen_at
) as n (key, person, is_retired, seen_at)
where onethread.is_account_key(n.key)

union all
select
  s.key, e.valid_from, e.valid_until, e.person,
  e.valid_until is null and e.is_latest and s.key = e.phone
from (
  select
    e.phone, e.valid_from, e.person, e.valid_until,
    row_number() over (
      partition by e.person, e.valid_until is null
      order by e.claimed_at desc, e.phone collate "C") = 1 as is_latest
  from (
    select
      e.phone, e.valid_from, e.person, e.claimed_at,
      lead(e.valid_from) over (partition by e.phone order by e.valid_from) as valid_until
    from unnest(
      (p_state).phone, (p_state).phone_from, (p_state).phone_person, (p_state).phone_claimed_at
    ) as e (phone, valid_from, person, claimed_at)
  ) e
) e
cross join lateral (
  select e.phone as key
  union all
  select o.spelling
  from unnest((p_state).spelling, (p_state).spelling_of) as o (spelling, spelling_of)
  where o.spelling_of = e.phone
) s

union all
-- Nothing is known about these.
select
  k.key, '1970-01-01 00:00+00', null,
  (coalesce((p_state).last_person, 0) + row_number() over (order by k.key collate "C"))::int, true
from unnest(p_keys) as k (key)
where not onethread.is_lead_key(k.key)
  and k.key <> all (coalesce((p_state).node, '{}'))
  and k.key <> all (coalesce((p_state).phone, '{}'))
  and k.key <> all (coalesce((p_state).spelling, '{}'))
$$;

comment on function onethread.identity_epochs(onethread.whatsapp_resolution, text[]) is
  'Each identifier''s epochs: the owner (a number), from, until (null: today''s), and whether it is '
  'the one of its kind that the person uses today.';

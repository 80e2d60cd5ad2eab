-- Before any evidence is applied: every account, lead and phone is a person of its own.
create or replace function onethread.initial_resolution(
  p_state onethread.whatsapp_resolution,
  p_evidence public.whatsapp_identity_evidence[],
  p_ordered public.whatsapp_identity_evidence[]
)
returns onethread.whatsapp_resolution
language plpgsql
immutable
parallel safe
as $$
declare
  v_state onethread.whatsapp_resolution := p_state;
begin
  select
    array_agg(k.key), array_agg(k.person), array_agg(false), array_agg(k.seen_at)
  into v_state.node, v_state.node_person, v_state.node_is_retired, v_state.node_seen_at
  from (
    select k.key, row_number() over (order by k.key collate "C")::int as person, k.seen_at
    from (
      select s.key, min(e.observed_at) as seen_at
      from unnest(p_evidence) as e
      cross join lateral (values (e.a_key), (e.b_key)) as s (key)
      where not onethread.is_phone_key(s.key)
      group by s.key
    ) k
  ) k;
  v_state.last_person := coalesce(cardinality(v_state.node), 0);

  select array_agg(k.key), array_agg(k.person), array_agg('1970-01-01 00:00+00'::timestamptz),
    array_agg('1970-01-01 00:00+00'::timestamptz)
  into v_state.phone, v_state.phone_person, v_state.phone_from, v_state.phone_claimed_at
  from (
    select
      k.key, v_state.last_person + row_number() over (order by k.key collate "C")::int as person
    from (
      select s.key from unnest(p_ordered) as e
      cross join lateral (values (e.a_key), (e.b_key)) as s (key)
      union
      select s.key from unnest(p_evidence) as e
      cross join lateral (values (e.a_key), (e.b_key)) as s (key)
      where s.key <> all (coalesce(v_state.spelling, '{}'))
    ) k
    where onethread.is_phone_key(k.key)
  ) k;
  v_state.last_person := v_state.last_person + coalesce(cardinality(v_state.phone), 0);

  select
    array_agg(coalesce(v_state.spelling_of[array_position(v_state.spelling, e.a_key)], e.a_key)),
    array_agg(coalesce(v_state.spelling_of[array_position(v_state.spelling, e.b_key)], e.b_key)),
    array_agg(e.observed_at), array_agg(e.a_at), array_agg(e.b_at)
  into v_state.different_a, v_state.different_b, v_state.different_at, v_state.different_a_at,
    v_state.different_b_at
  from unnest(p_evidence) as e
  where e.relation = 'different';
  return v_state;
end;
$$;

comment on function onethread.initial_resolution(
  onethread.whatsapp_resolution, public.whatsapp_identity_evidence[],
  public.whatsapp_identity_evidence[]) is
  'The state from which decide_identities() begins: one person for each account and lead, and '
  'for each phone one epoch from the beginning of time. The given state has the spellings.';

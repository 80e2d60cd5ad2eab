-- A human says that the owners of two identifiers, each at its time, are two people.
--
-- Said again it counts from now on: whoever answers has seen what there is. Where the two identifiers
-- themselves are different already, that says more.
create or replace function onethread.record_two_people(
  p_business_id bigint,
  p_first public.whatsapp_identity,
  p_second public.whatsapp_identity,
  p_source text
)
returns text[]
language plpgsql
as $$
declare
  v_a public.whatsapp_identity := p_first;
  v_b public.whatsapp_identity := p_second;
  v_keys text[] := array[onethread.identity_key(v_a), onethread.identity_key(v_b)];
begin
  if v_keys[1] collate "C" > v_keys[2] collate "C" then
    v_keys := array[v_keys[2], v_keys[1]];
    v_a := p_second;
    v_b := p_first;
  end if;

  insert into public.whatsapp_identity_evidence as e (
    business_id, a, b, relation, source, observed_at, a_key, b_key, a_at, b_at, applied_at
  )
  values (
    p_business_id, onethread.address_spelling(onethread.key_address(v_keys[1])),
    onethread.address_spelling(onethread.key_address(v_keys[2])), 'different', p_source,
    greatest(clock_timestamp(), onethread.last_observed_at(p_business_id, v_keys)), v_keys[1], v_keys[2], v_a.valid_from,
    v_b.valid_from, clock_timestamp()
  )
  on conflict (business_id, a_key, b_key, relation, weight) where relation <> 'merged' do update
  set observed_at = greatest(e.observed_at, excluded.observed_at),
      source = excluded.source,
      a_at = case when e.a_at is not null then excluded.a_at end,
      b_at = case when e.b_at is not null then excluded.b_at end;
  return v_keys;
end;
$$;

comment on function onethread.record_two_people(
  bigint, public.whatsapp_identity, public.whatsapp_identity, text) is
  'Evidence different between two persons (a_at, b_at), which the caller applies; returns the keys of '
  'the two identifiers.';

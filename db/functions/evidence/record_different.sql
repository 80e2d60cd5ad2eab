-- A human says that two identifiers are two people. Applied by the caller.
--
-- It says more than "two people" of whoever had them at some time (record_two_people), and stands in
-- its place.
create or replace function onethread.record_different(
  p_business_id bigint,
  p_key text,
  p_other_key text,
  p_source text,
  p_said_at timestamptz
)
returns void
language plpgsql
as $$
declare
  v_least text := least(p_key collate "C", p_other_key collate "C");
  v_greatest text := greatest(p_key collate "C", p_other_key collate "C");
begin
  if v_least = v_greatest then
    return;
  end if;
  insert into public.whatsapp_identity_evidence as e (
    business_id, a, b, relation, source, observed_at, a_key, b_key, applied_at
  )
  values (
    p_business_id, onethread.address_spelling(onethread.key_address(v_least)),
    onethread.address_spelling(onethread.key_address(v_greatest)), 'different', p_source,
    p_said_at, v_least, v_greatest, clock_timestamp()
  )
  on conflict (business_id, a_key, b_key, relation, weight) where relation <> 'merged' do update
  set observed_at = greatest(e.observed_at, excluded.observed_at),
      source = excluded.source,
      a_at = null,
      b_at = null;
end;
$$;

comment on function onethread.record_different(bigint, text, text, text, timestamptz) is
  'Evidence different between two identifier_key()s; nothing when they are one.';

-- What the identifiers on one message say about each other: attested, kept once with its earliest
-- time.
--
-- Marked as applied, because the caller applies it (apply_identities), and marks it pending when it
-- cannot.
create or replace function onethread.record_evidence(
  p_business_id bigint,
  p_a onethread.whatsapp_address,
  p_b onethread.whatsapp_address,
  p_source text,
  p_observed_at timestamptz
)
returns void
language plpgsql
as $$
declare
  v_a text := onethread.address_key(p_a);
  v_b text := onethread.address_key(p_b);
  v_is_ordered boolean := v_a collate "C" <= v_b collate "C";
  v_least text := least(v_a collate "C", v_b collate "C");
  v_greatest text := greatest(v_a collate "C", v_b collate "C");
begin
  -- Nothing to say: then its row must not be locked either, as "on conflict" would.
  if v_a = v_b or exists (
    select
    from public.whatsapp_identity_evidence e
    where e.business_id = p_business_id
      and e.a_key = v_least
      and e.b_key = v_greatest
      and e.relation = 'same'
      and e.weight = 'attested'
      and not e.is_undated
      and e.observed_at <= p_observed_at
      and e.source is distinct from 'lead record'
  ) then
    return;
  end if;
  insert into public.whatsapp_identity_evidence as e (
    business_id, a, b, relation, source, observed_at, a_key, b_key, applied_at
  )
  values (
    p_business_id,
    onethread.address_spelling(case when v_is_ordered then p_a else p_b end),
    onethread.address_spelling(case when v_is_ordered then p_b else p_a end),
    'same', p_source, p_observed_at, v_least, v_greatest,
    clock_timestamp()
  )
  on conflict (business_id, a_key, b_key, relation, weight) where relation <> 'merged' do update
  set observed_at = case
        when e.is_undated then excluded.observed_at
        else least(excluded.observed_at, e.observed_at)
      end,
      is_undated = false,
      source = excluded.source,
      applied_at = excluded.applied_at
  -- What only a lead's record has said, or something without a time, is more than that now.
  where excluded.observed_at < e.observed_at
    or e.is_undated
    or e.source = 'lead record';
end;
$$;

comment on function onethread.record_evidence(
  bigint, onethread.whatsapp_address, onethread.whatsapp_address, text, timestamptz) is
  'Evidence same of two addresses, in byte order of their keys; an earlier time replaces a later '
  'one. The caller applies it.';

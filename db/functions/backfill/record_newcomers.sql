-- What messages say about people of whom nothing else is known, as evidence: their lead.
create or replace function onethread.record_newcomers(
  p_business_id bigint,
  p_newcomers onethread.whatsapp_unlinked[]
)
returns void
language plpgsql
set plan_cache_mode = 'force_custom_plan'
as $$
begin
  insert into public.whatsapp_identity_evidence as e (
    business_id, a, b, relation, source, observed_at, a_key, b_key, applied_at
  )
  select
    p_business_id, (onethread.lead_address(n.lead_id)).value,
    onethread.address_spelling(n.address), 'same', 'message', n.sent_at,
    onethread.lead_key(n.lead_id), onethread.address_key(n.address), clock_timestamp()
  from unnest(p_newcomers) as n
  where n.lead_id is not null
  on conflict (business_id, a_key, b_key, relation, weight) where relation <> 'merged' do update
  set observed_at = excluded.observed_at,
      source = excluded.source
  where excluded.observed_at < e.observed_at;
end;
$$;

comment on function onethread.record_newcomers(bigint, onethread.whatsapp_unlinked[]) is
  'Evidence same between the address and the lead of each, applied.';

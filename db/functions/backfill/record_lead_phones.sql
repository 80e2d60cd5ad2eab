-- What leads' records say about their phones, which have identities already, as evidence.
--
-- Left pending where somebody has messaged under the phone: the rule is to be asked.
create or replace function onethread.record_lead_phones(
  p_business_id bigint,
  p_after_id bigint,
  p_last_id bigint
)
returns void
language plpgsql
as $$
begin
  insert into public.whatsapp_identity_evidence (
    business_id, a, b, relation, source, observed_at, a_key, b_key, applied_at
  )
  select
    p_business_id, (onethread.lead_address(l.id)).value, l.phone_match_value, 'same', 'lead record',
    coalesce(l.created_at::timestamptz, now()), onethread.lead_key(l.id),
    onethread.identifier_key('phone', '', l.phone_match_value),
    case when i.conversation_id is null then clock_timestamp() end
  from public.lead l
  inner join public.whatsapp_identity i
    on i.business_id = p_business_id
    and i.kind = 'phone'
    and i.scope = ''
    and i.match_value = l.phone_match_value
    and i.valid_until is null
  where l.business_id = p_business_id
    and l.id > p_after_id
    and l.id <= p_last_id
  order by l.id
  on conflict (business_id, a_key, b_key, relation, weight) where relation <> 'merged' do nothing;
end;
$$;

comment on function onethread.record_lead_phones(bigint, bigint, bigint) is
  'Evidence "lead record" of the leads with ids over after_id, up to last_id, that have a phone.';

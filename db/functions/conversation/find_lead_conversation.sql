-- The conversation of the addresses that evidence gives a lead.
create or replace function onethread.find_lead_conversation(p_business_id bigint, p_lead_id bigint)
returns bigint
language sql
stable
as $$
select min(i.conversation_id)
from public.whatsapp_identity_evidence e
cross join lateral onethread.key_identities(p_business_id, array[e.b_key]) as i
where e.business_id = p_business_id
  and e.a_key = onethread.lead_key(p_lead_id)
  and e.relation = 'same'
  and e.weight = 'attested'
  and i.valid_until is null
$$;

comment on function onethread.find_lead_conversation(bigint, bigint) is
  'Id of the oldest conversation of an address that the lead is tied to; null when there is none.';

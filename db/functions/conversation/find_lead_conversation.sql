-- The conversation of the addresses that evidence gives a lead.
create or replace function onethread.find_lead_conversation(p_business_id bigint, p_lead_id bigint)
returns bigint
language sql
stable
as $$
select min(i.conversation_id)
from public.whatsapp_identity_evidence e
cross join lateral onethread.key_address(e.b_key) as a
inner join public.whatsapp_identity i
  on i.business_id = p_business_id
  and i.kind = a.kind
  and i.scope = a.scope
  and i.match_value = a.match_value
  and i.valid_until is null
where e.business_id = p_business_id
  and e.a_key = onethread.lead_key(p_lead_id)
  and e.relation = 'same'
$$;

comment on function onethread.find_lead_conversation(bigint, bigint) is
  'Id of the oldest conversation of an address that the lead is tied to; null when there is none.';

-- Was this phone a lead's, by the CRM's own record, and is no more, and nobody ever wrote from it?
--
-- Somebody corrected the number: there was a stranger at it, or nobody. Of a lead that is gone nothing
-- is known.
create or replace function onethread.is_former_lead_phone(p_identity public.whatsapp_identity)
returns boolean
language sql
stable
as $$
select p_identity.kind = 'phone'
  and exists (
    select
    from public.whatsapp_identity_evidence e
    inner join public.lead former
      on former.business_id = e.business_id
      and former.id = case
        when onethread.is_lead_key(e.a_key) then onethread.lead_id(e.a_key) end
    where e.business_id = p_identity.business_id
      and e.b_key = onethread.identifier_key('phone', '', p_identity.match_value)
      and e.relation = 'same'
      and e.weight = 'attested'
      and e.source = 'lead record'
  )
  and not exists (
    select
    from public.lead l
    where l.business_id = p_identity.business_id
      and l.phone_match_value = p_identity.match_value
  )
  and not exists (
    select
    from public.whatsapp_message m
    where m.business_id = p_identity.business_id
      and m.identity_id = p_identity.id
      and lower(m.direction) in ('in', 'inbound', 'incoming', 'received')
  )
  and onethread.last_written_at(p_identity) is null
$$;

comment on function onethread.is_former_lead_phone(public.whatsapp_identity) is
  'True for a phone that only a lead''s record ever gave this person, and no longer does.';

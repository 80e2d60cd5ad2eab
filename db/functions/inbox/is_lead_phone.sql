-- Does the CRM say that this is the person's phone?
create or replace function onethread.is_lead_phone(p_identity public.whatsapp_identity)
returns boolean
language sql
stable
as $$
select p_identity.kind = 'phone'
  and exists (
    select
    from public.whatsapp_conversation c
    inner join public.lead l
      on l.business_id = c.business_id
      and l.id = c.lead_id
    where c.business_id = p_identity.business_id
      and c.id = p_identity.conversation_id
      and l.phone_match_value = p_identity.match_value
  )
$$;

comment on function onethread.is_lead_phone(public.whatsapp_identity) is
  'True for the phone that the conversation''s lead has in the CRM.';

-- The conversations of a person: those of the identifiers, and such as another program made for a lead
-- of theirs and no identifier leads to.
create or replace function onethread.person_conversations(
  p_business_id bigint,
  p_identities public.whatsapp_identity[],
  p_lead_ids bigint[]
)
returns bigint[]
language plpgsql
stable
as $$
begin
  return array(
    select i.conversation_id
    from unnest(p_identities) as i
    where i.conversation_id is not null
    union
    select c.id
    from public.whatsapp_conversation c
    where c.business_id = p_business_id
      and c.lead_id = any (p_lead_ids)
      and not onethread.has_identity(c.business_id, c.id)
  );
end;
$$;

comment on function onethread.person_conversations(bigint, public.whatsapp_identity[], bigint[]) is
  'Ids of the conversations of person_identities() and person_leads().';

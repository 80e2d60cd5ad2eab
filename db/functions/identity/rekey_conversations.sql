-- Lead and canonical key of all conversations of a plan, after their identities changed.
--
-- Who loses a key goes before who gains it, hence twice.
create or replace function onethread.rekey_conversations(
  p_business_id bigint,
  p_plan onethread.whatsapp_identity_plan[],
  p_state onethread.whatsapp_resolution
)
returns void
language plpgsql
as $$
declare
  v_person record;
  v_lead_id bigint;
begin
  for v_person in
    select distinct p.conversation_id, p.person
    from unnest(p_plan) as p
    where p.conversation_id is not null
  loop
    update public.whatsapp_conversation c
    set lead_id = null
    where c.business_id = p_business_id
      and c.id = v_person.conversation_id
      and c.lead_id is not null
      and onethread.node_person(p_state, onethread.lead_key(c.lead_id)) <> v_person.person;
  end loop;

  for v_pass in 1..2 loop
    for v_person in
      select distinct p.conversation_id, p.person
      from unnest(p_plan) as p
      where p.conversation_id is not null
      order by p.conversation_id
    loop
      v_lead_id := onethread.person_lead(p_business_id, p_state, v_person.person);
      perform onethread.rekey_conversation(
        p_business_id,
        onethread.take_lead_conversation(p_business_id, v_person.conversation_id, v_lead_id),
        v_lead_id);
    end loop;
  end loop;
end;
$$;

comment on function onethread.rekey_conversations(
  bigint, onethread.whatsapp_identity_plan[], onethread.whatsapp_resolution) is
  'rekey_conversation() for every conversation of the plan, with the lead that the rule gives it.';

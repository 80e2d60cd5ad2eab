-- The CRM's records of a person, also those that only name a phone of theirs: a second record of one
-- customer is a conflict, and is theirs all the same.
create or replace function onethread.person_leads(p_business_id bigint, p_key text)
returns bigint[]
language plpgsql
stable
as $$
declare
  v_keys text[] := onethread.identity_component(p_business_id, array[p_key]);
  v_state onethread.whatsapp_resolution := onethread.decide_component(p_business_id, v_keys);
  v_person int := onethread.identifier_person(v_state, p_key, 'infinity');
  v_identities public.whatsapp_identity[] := array(
    select i from onethread.person_identities(p_business_id, p_key) as i);
begin
  return array(
    select onethread.lead_id(k.key)
    from unnest(v_keys) as k (key)
    where onethread.is_lead_key(k.key)
      and onethread.node_person(v_state, k.key) = v_person
    union
    select c.lead_id
    from unnest(v_identities) as i
    inner join public.whatsapp_conversation c
      on c.business_id = i.business_id and c.id = i.conversation_id
    where c.lead_id is not null
    union
    select l.id
    from unnest(v_identities) as i
    inner join public.lead l
      on l.business_id = i.business_id and l.phone_match_value = i.match_value
    where i.kind = 'phone' and i.valid_until is null);
end;
$$;

comment on function onethread.person_leads(bigint, text) is
  'Ids of the leads of whoever has this identifier_key() today.';

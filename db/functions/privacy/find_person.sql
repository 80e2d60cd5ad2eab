-- All that one person has, as the rule sees it and as the conversations have it.
--
-- Leads are also those that only name a phone of theirs: a second record of one customer is a
-- conflict, and is theirs all the same. Conversations are also such as another program made for a
-- lead of theirs and no identifier leads to, and what is left of those that were joined into theirs.
create or replace function onethread.find_person(
  p_business_id bigint,
  p_key text,
  out identities public.whatsapp_identity[],
  out lead_ids bigint[],
  out conversation_ids bigint[]
)
language plpgsql
stable
as $$
declare
  v_keys text[] := onethread.identity_component(p_business_id, array[p_key]);
  v_state onethread.whatsapp_resolution := onethread.decide_component(p_business_id, v_keys);
  v_person int := onethread.identifier_person(v_state, p_key, 'infinity');
begin
  identities := array(
    select i
    from onethread.key_identities(p_business_id, v_keys) as i
    where onethread.identifier_person(v_state, onethread.identity_key(i), i.valid_from) = v_person
      or onethread.identity_key(i) = p_key and i.valid_until is null);
  conversation_ids := array(
    select distinct i.conversation_id
    from unnest(identities) as i
    where i.conversation_id is not null);
  identities := identities || array(
    select i
    from public.whatsapp_identity i
    where i.business_id = p_business_id
      and i.conversation_id = any (conversation_ids)
      and i.id not in (select o.id from unnest(identities) as o));

  lead_ids := array(
    select onethread.lead_id(k.key)
    from unnest(v_keys) as k (key)
    where onethread.is_lead_key(k.key)
      and onethread.node_person(v_state, k.key) = v_person
    union
    select c.lead_id
    from public.whatsapp_conversation c
    where c.business_id = p_business_id
      and c.id = any (conversation_ids)
      and c.lead_id is not null
    union
    select l.id
    from unnest(identities) as i
    inner join public.lead l
      on l.business_id = i.business_id and l.phone_match_value = i.match_value
    where i.kind = 'phone' and i.valid_until is null);
  conversation_ids := conversation_ids || array(
    select c.id
    from public.whatsapp_conversation c
    where c.business_id = p_business_id
      and c.lead_id = any (lead_ids)
      and not onethread.has_identity(c.business_id, c.id)
    union
    -- Absorbed into one of theirs; its row stayed for a row of somebody else's table.
    select c.id
    from unnest(conversation_ids) as o (id)
    cross join lateral onethread.conversation_merges(p_business_id, o.id) as g
    inner join public.whatsapp_conversation c
      on c.business_id = g.business_id and c.id = g.absorbed_id);
end;
$$;

comment on function onethread.find_person(bigint, text) is
  'Whoever has this identifier_key() today: the identities of every conversation of theirs and of '
  'addresses under which nobody has written yet, the leads, the conversations.';

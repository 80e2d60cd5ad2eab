-- Who is behind a key at a time? A text that is the same for all keys of one person.
--
-- Whoever has a thread is known by it. Of two people whom nobody has messaged (members of a group)
-- evidence may say that they are one all the same: then it is the first of the person's accounts.
create or replace function onethread.person_at(
  p_business_id bigint,
  p_key text,
  p_at timestamptz
)
returns text
language plpgsql
stable
as $$
declare
  v_address onethread.whatsapp_address := onethread.key_address(p_key);
  -- Of the keys' collation it would be looked up in no index.
  v_match_value text collate "default" := v_address.match_value;
  v_conversation_id bigint;
  v_keys text[];
  v_state onethread.whatsapp_resolution;
  v_person int;
begin
  select i.conversation_id
  into v_conversation_id
  from public.whatsapp_identity i
  where i.business_id = p_business_id
    and i.kind = v_address.kind
    and i.scope = v_address.scope
    and i.match_value = v_match_value
    and i.valid_from <= p_at
    and (i.valid_until is null or i.valid_until > p_at);
  if v_conversation_id is not null then
    return '#' || v_conversation_id;
  elsif not onethread.has_evidence(p_business_id, p_key) then
    return p_key;
  end if;

  v_keys := onethread.identity_component(p_business_id, array[p_key]);
  if cardinality(v_keys) < 2 then
    return p_key;
  end if;
  v_state := onethread.decide_component(p_business_id, v_keys);
  v_person := onethread.identifier_person(v_state, p_key, p_at);
  return coalesce(
    (
      select min(n.key collate "C")
      from unnest(v_state.node, v_state.node_person) as n (key, person)
      where n.person = v_person
    ),
    v_state.spelling_of[array_position(v_state.spelling, p_key)],
    p_key);
end;
$$;

comment on function onethread.person_at(bigint, text, timestamptz) is
  'A text for the person who has the identifier_key() at a time: # and the conversation, else a key '
  'that stands for all of theirs by the evidence.';

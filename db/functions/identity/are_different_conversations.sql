-- Has a human said that the persons of two conversations are two? As the rule sees it: of any of
-- their identifiers, or their leads.
create or replace function onethread.are_different_conversations(
  p_business_id bigint,
  p_first_id bigint,
  p_second_id bigint
)
returns boolean
language plpgsql
stable
as $$
declare
  v_first public.whatsapp_identity := onethread.conversation_identity(p_business_id, p_first_id);
  v_second public.whatsapp_identity := onethread.conversation_identity(p_business_id, p_second_id);
  v_state onethread.whatsapp_resolution := onethread.decide_component(
    p_business_id,
    onethread.identity_component(
      p_business_id,
      onethread.conversation_keys(p_business_id, p_first_id)
        || onethread.conversation_keys(p_business_id, p_second_id)));
begin
  return onethread.are_two_people(
    v_state,
    onethread.identifier_person(
      v_state, onethread.identity_key(v_first), v_first.valid_from),
    onethread.identifier_person(
      v_state, onethread.identity_key(v_second), v_second.valid_from),
    null);
end;
$$;

comment on function onethread.are_different_conversations(bigint, bigint, bigint) is
  'True when evidence different stands between the persons of the two conversations.';

-- Give an absorbed conversation its row again, then its identities, then let the rule decide; or do
-- nothing.
create or replace function onethread.restore_conversation(
  p_business_id bigint,
  p_merge onethread.whatsapp_conversation_merge,
  p_cause public.whatsapp_identity_evidence,
  p_keys text[]
)
returns boolean
language plpgsql
set lock_timeout = '100ms'
as $$
declare
  v_root_id bigint := onethread.find_conversation_by_id(p_business_id, p_merge.survivor_id);
  v_keys text[] := onethread.identity_component(
    p_business_id, p_keys || onethread.conversation_keys(p_business_id, v_root_id));
  v_key text;
begin
  perform onethread.lock_for_join(p_business_id, v_keys, array[v_root_id]);
  -- After the people: who holds a row of evidence waits for nobody.
  perform onethread.withdraw_evidence(p_business_id, p_merge, p_cause);
  perform onethread.part_merged(
    p_business_id, v_root_id, p_merge, onethread.decide_component(p_business_id, v_keys));
  -- It may have been left with nobody, and then has nobody's name.
  perform onethread.rekey_conversation(p_business_id, v_root_id);

  -- Twice: who loses a canonical key goes before who gains it.
  for v_pass in 1..2 loop
    foreach v_key in array v_keys loop
      if not onethread.apply_identities(p_business_id, array[v_key], '{}', null) then
        raise lock_not_available;
      end if;
    end loop;
  end loop;
  perform onethread.part_answers(p_business_id, array[v_root_id, p_merge.absorbed_id]);
  return true;
exception when lock_not_available or deadlock_detected then
  return false;
end;
$$;

comment on function onethread.restore_conversation(
  bigint, onethread.whatsapp_conversation_merge, public.whatsapp_identity_evidence, text[]) is
  'Withdraws the evidence of a merge, re-creates the absorbed conversation under its id, points to it '
  'what came with it, and applies the evidence that is left. False, and nothing done, when others '
  'hold its people.';

-- Make what is stored agree with the phone functions, after they have changed.
--
-- The raw text, which is always kept, is read again. Identities, evidence and leads get the match
-- values of today; messages that are read as another phone go where they would go if they came now.
-- A message or lead that nobody can read any more: the message stays where it is.
--
-- When threads are named, only these may meet: a number that would bring two others together, or take
-- messages or a lead from one to the other, is left as it is stored, and listed again next time.
--
-- All in the caller's transaction. Nobody writes meanwhile.
create or replace function onethread.rekey_phones(p_conversation_ids bigint[] default null)
returns void
language plpgsql
as $$
declare
  v_row record;
  v_left text[];
  v_business_ids bigint[];
  v_conversation_ids bigint[];
begin
  perform onethread.lock_phones();
  v_left := onethread.list_left_phones(p_conversation_ids);
  select array_agg(e.business_id), array_agg(e.conversation_id)
  into v_business_ids, v_conversation_ids
  from onethread.set_evidence_apart(v_left) e;
  perform onethread.rekey_identities(v_left);
  for v_row in
    select e.business_id, e.id
    from public.whatsapp_identity_evidence e
    where left(e.a_key, 1) = '~'
    order by e.observed_at, e.id
  loop
    perform onethread.settle_evidence(v_row.business_id, v_row.id);
  end loop;
  for v_row in
    select t.business_id, onethread.conversation_keys(t.business_id, t.conversation_id) as keys
    from unnest(v_business_ids, v_conversation_ids) as t (business_id, conversation_id)
  loop
    perform onethread.apply_identities(v_row.business_id, v_row.keys, '{}', null);
  end loop;
  perform onethread.join_equal_phones();

  -- A lead before its messages, so that they find its thread.
  for v_row in
    select s.business_id, s.id, s.match_value, s.new_match_value
    from onethread.list_stale_leads() s
    where onethread.phone_change(s.business_id, s.match_value, s.new_match_value) <> all (v_left)
    order by s.business_id, s.id
  loop
    perform onethread.rekey_lead(
      v_row.business_id, v_row.id, v_row.match_value, v_row.new_match_value);
  end loop;
  perform onethread.relink_stale_messages(v_left);
  perform onethread.release_lead_phones();
  perform onethread.rekey_event_authors();
  perform onethread.rekey_names();

  for v_row in
    select distinct e.business_id
    from public.whatsapp_identity_evidence e
    where e.applied_at is null
  loop
    perform onethread.apply_pending_evidence(v_row.business_id);
  end loop;
  perform onethread.name_conversations();
end;
$$;

comment on function onethread.rekey_phones(bigint[]) is
  'Re-keys what list_stale_phones() lists, in the caller''s transaction: everything, or, when threads '
  'are given, all but what would make others meet.';

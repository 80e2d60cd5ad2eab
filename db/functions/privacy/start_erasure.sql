-- Begin to erase a person: from this commit on nobody can find them, and a replay is refused.
--
-- One short transaction, however many messages there are: they are still there, in a conversation
-- without a name, for continue_erasure() to delete in batches. Whoever writes to the person now
-- begins a new conversation.
create or replace function onethread.start_erasure(p_business_id bigint, p_address text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_key text;
  v_person record;
  v_forgotten record;
  v_names text[];
  v_erasure_id bigint;
  v_erased_at timestamptz;
begin
  perform onethread.check_caller(p_business_id, 'onethread.start_erasure(bigint, text)');
  v_key := onethread.person_key(p_business_id, p_address);
  perform onethread.wait_for_joins(p_business_id);
  select e.id into v_erasure_id
  from onethread.erasure e
  where e.business_id = p_business_id
    and e.finished_at is null
    and v_key = any (e.keys);
  if found then
    return v_erasure_id;
  end if;

  -- Twice: before anybody waits for us, and when nothing can be queued any more.
  perform onethread.wait_for_senders(
    p_business_id, (onethread.find_person(p_business_id, v_key)).conversation_ids);
  perform onethread.lock_person(p_business_id, v_key);
  v_person := onethread.find_person(p_business_id, v_key);
  perform onethread.wait_for_senders(p_business_id, v_person.conversation_ids);
  v_names := onethread.person_names(
    p_business_id, v_person.identities, v_person.lead_ids, v_person.conversation_ids);
  v_forgotten := onethread.forget_identities(
    p_business_id, v_person.identities, v_person.lead_ids, v_person.conversation_ids);
  v_erased_at := clock_timestamp();
  perform onethread.record_erased_identifier(
    p_business_id, onethread.identity_key(i), i.valid_from,
    coalesce(i.valid_until, v_erased_at))
  from unnest(v_person.identities) as i
  where i.valid_from < coalesce(i.valid_until, v_erased_at);

  insert into onethread.erasure (
    business_id, keys, names, conversation_ids, identifiers, evidence, conflicts, merges, leads,
    started_at
  )
  select
    p_business_id,
    array(
      select distinct onethread.identity_key(i)
      from unnest(v_person.identities) as i),
    v_names,
    v_person.conversation_ids,
    -- Without a conversation and without evidence it was made just now, to hold it.
    (
      select count(*)
      from unnest(v_person.identities) as i
      where i.conversation_id is not null or v_forgotten.evidence > 0
    ),
    v_forgotten.evidence, v_forgotten.conflicts, v_forgotten.merges,
    cardinality(v_person.lead_ids), v_erased_at
  returning id into v_erasure_id;
  perform onethread.forget_leads(p_business_id, v_person.lead_ids);
  return v_erasure_id;
end;
$$;

comment on function onethread.start_erasure(bigint, text) is
  'Takes a person''s name off everything and remembers the hashes of their identifiers; returns '
  'the id for continue_erasure(), that of the one already under way if there is one. What is queued '
  'for them is not sent, what is being sent is waited for. Raises 22023 when the address is no '
  'person''s, 55P03 when others hold the person or a message is still being sent.';

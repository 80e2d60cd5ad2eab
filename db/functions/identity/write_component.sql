-- Write down what the rule says about a component: identities and threads, then the open questions,
-- and what these people did to messages is told again.
create or replace function onethread.write_component(
  p_business_id bigint,
  p_keys text[],
  p_plan onethread.whatsapp_identity_plan[],
  p_state onethread.whatsapp_resolution,
  p_occasion onethread.occasion
)
returns void
language plpgsql
as $$
declare
  v_plan onethread.whatsapp_identity_plan[] := onethread.write_identities(
    p_business_id,
    onethread.add_missing_conversations(p_business_id, p_plan, p_occasion),
    p_state, p_occasion.cause);
  v_evidence_id bigint;
begin
  perform onethread.write_conflicts(p_business_id, p_keys, v_plan, p_state);
  if cardinality(p_keys) > onethread.identifier_cap() then
    insert into onethread.shared_phone (business_id, key)
    select p_business_id, s.phone
    from onethread.list_shared_phones(onethread.load_evidence(p_business_id, p_keys)) s
    on conflict do nothing;
  end if;
  perform onethread.stamp_author_events(p_business_id, p_keys);

  -- With an older snapshot what others have just said may be missing: somebody has to look again.
  if current_setting('transaction_isolation') = 'read committed' then
    -- By key and id: the index of pending rows is full of what this transaction has just applied.
    for v_evidence_id in
      select e.id
      from unnest(p_keys) as k (key)
      cross join lateral (
        select o.id, o.applied_at
        from public.whatsapp_identity_evidence o
        where o.business_id = p_business_id
          and o.a_key = k.key
          and o.weight = 'attested'
        offset 0
      ) e
      where e.applied_at is null
    loop
      update public.whatsapp_identity_evidence e
      set applied_at = clock_timestamp()
      where e.business_id = p_business_id
        and e.id = v_evidence_id;
    end loop;
  end if;
  perform onethread.write_suggestions(p_business_id, p_keys);
end;
$$;

comment on function onethread.write_component(
  bigint, text[], onethread.whatsapp_identity_plan[], onethread.whatsapp_resolution,
  onethread.occasion) is
  'Carries out a plan of apply_component(), marks the evidence about the keys as applied, and looks '
  'at what is claimed about them.';

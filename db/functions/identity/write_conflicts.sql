-- Keep the open questions about a component in step with what the rule says now.
create or replace function onethread.write_conflicts(
  p_business_id bigint,
  p_keys text[],
  p_plan onethread.whatsapp_identity_plan[],
  p_state onethread.whatsapp_resolution
)
returns void
language plpgsql
as $$
declare
  v_shared constant text[] := onethread.shared_phones(p_business_id);
begin
  -- Apart: with the question about shared phones the table without statistics would be read whole.
  if v_shared = '{}' then
    update onethread.whatsapp_identity_conflict k
    set settled_at = clock_timestamp()
    from public.whatsapp_identity_evidence e
    where k.business_id = p_business_id
      and k.settled_at is null
      and k.kind = 'conflict'
      and e.business_id = k.business_id
      and e.id = k.evidence_id
      and e.a_key = any (p_keys);
  else
    update onethread.whatsapp_identity_conflict k
    set settled_at = clock_timestamp()
    from public.whatsapp_identity_evidence e
    where k.business_id = p_business_id
      and k.settled_at is null
      and k.kind = 'conflict'
      and e.business_id = k.business_id
      and e.id = k.evidence_id
      and e.a_key = any (p_keys)
      -- What a shared phone asks, its accounts know nothing of any more: a human has to say.
      and (
        (e.b_key = any (v_shared) and e.relation = 'same') is not true
        or onethread.is_answered(
          p_plan, p_state, k.first_conversation_id, k.second_conversation_id, e.observed_at)
      );
  end if;

  if p_state.conflict_evidence_id is null then
    return;
  end if;

  insert into onethread.whatsapp_identity_conflict (
    business_id, evidence_id, first_conversation_id, second_conversation_id, reason
  )
  select distinct on (c.evidence_id)
    p_business_id, c.evidence_id, first.conversation_id, second.conversation_id, c.reason
  from unnest(
    p_state.conflict_evidence_id, p_state.conflict_reason, p_state.conflict_first,
    p_state.conflict_second
  ) as c (evidence_id, reason, first, second)
  left join lateral (
    select p.person, p.conversation_id from unnest(p_plan) as p where p.person = c.first limit 1
  ) first on true
  cross join lateral (
    select p.conversation_id from unnest(p_plan) as p where p.person = c.second limit 1
  ) second
  where first.conversation_id <> second.conversation_id
    -- A lead that has no identifier of its own claims the person of another lead.
    or first.person is null and second.conversation_id is not null
  on conflict (business_id, evidence_id) do update
  set first_conversation_id = excluded.first_conversation_id,
      second_conversation_id = excluded.second_conversation_id,
      reason = excluded.reason,
      settled_at = null;
end;
$$;

comment on function onethread.write_conflicts(
  bigint, text[], onethread.whatsapp_identity_plan[], onethread.whatsapp_resolution) is
  'Opens the conflicts that the rule names between two conversations that exist, or about one that '
  'a lead claims, and settles the rest.';

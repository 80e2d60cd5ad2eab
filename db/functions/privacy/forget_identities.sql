-- Nothing that was known about these identifiers is known any more.
--
-- A phone may be, or have been, somebody else's too: theirs stays as it is. Identities that messages
-- refer to stay as rows without a name; nobody can find them any more.
create or replace function onethread.forget_identities(
  p_business_id bigint,
  p_identities public.whatsapp_identity[],
  p_lead_ids bigint[],
  out evidence bigint,
  out conflicts bigint,
  out merges bigint
)
language plpgsql
as $$
declare
  v_ids bigint[] := array(select i.id from unnest(p_identities) as i);
  v_conversation_ids bigint[] :=
    onethread.person_conversations(p_business_id, p_identities, p_lead_ids);
  v_keys text[];
  v_evidence_ids bigint[];
begin
  -- What only this person had, and their leads.
  v_keys := array(
    select onethread.identifier_key(i.kind, i.scope, i.match_value)
    from unnest(p_identities) as i
    where not exists (
      select
      from public.whatsapp_identity o
      where o.business_id = p_business_id
        and o.kind = i.kind
        and o.scope = i.scope
        and o.match_value = i.match_value
        and o.id <> all (v_ids)
    )
    union
    select onethread.lead_key(l.id)
    from unnest(p_lead_ids) as l (id));

  merges := onethread.forget_merges(p_business_id, v_conversation_ids, v_keys);
  v_evidence_ids := array(
    select e.id
    from unnest(v_keys) as k (key)
    cross join lateral (
      select e.id from public.whatsapp_identity_evidence e
      where e.business_id = p_business_id and e.a_key = k.key
      union all
      select e.id from public.whatsapp_identity_evidence e
      where e.business_id = p_business_id and e.b_key = k.key
    ) e);
  delete from onethread.whatsapp_identity_conflict k
  where k.business_id = p_business_id
    and (
      k.evidence_id = any (v_evidence_ids)
      or k.first_conversation_id = any (v_conversation_ids)
      or k.second_conversation_id = any (v_conversation_ids)
    );
  get diagnostics conflicts = row_count;
  delete from public.whatsapp_identity_evidence e
  where e.business_id = p_business_id
    and e.id = any (v_evidence_ids);
  get diagnostics evidence = row_count;

  -- A phone that somebody had before them does not go back to that one.
  insert into public.whatsapp_identity_evidence (
    business_id, a, relation, source, observed_at, a_key, applied_at
  )
  select
    p_business_id, i.value, 'replaced', 'erasure', i.valid_from,
    onethread.identifier_key(i.kind, i.scope, i.match_value), clock_timestamp()
  from unnest(p_identities) as i
  where i.kind = 'phone'
    and i.valid_from > '1970-01-01 00:00+00'
    and onethread.identifier_key(i.kind, i.scope, i.match_value) <> all (v_keys);

  update public.whatsapp_identity i
  set kind = 'other',
      scope = '',
      value = 'erased:' || i.id,
      match_value = 'erased:' || i.id,
      is_current = false
  where i.business_id = p_business_id
    and i.id = any (v_ids)
    and i.conversation_id is not null;
  delete from public.whatsapp_identity i
  where i.business_id = p_business_id
    and i.id = any (v_ids)
    and i.conversation_id is null;
  update public.whatsapp_conversation c
  set canonical_key = null,
      lead_id = null
  where c.business_id = p_business_id
    and c.id = any (v_conversation_ids);
end;
$$;

comment on function onethread.forget_identities(bigint, public.whatsapp_identity[], bigint[]) is
  'Deletes evidence, conflicts and merges of a person who is held (lock_person) and takes the name '
  'off the identities and conversations; messages stay where they are. Returns what was deleted.';

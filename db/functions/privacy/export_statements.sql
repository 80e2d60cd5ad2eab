-- What is known and was done about who a person is and how far they were read, for export_person().
create or replace function onethread.export_statements(
  p_business_id bigint,
  p_identities public.whatsapp_identity[],
  p_keys text[],
  p_conversation_ids bigint[]
)
returns table (section text, item jsonb)
language plpgsql
stable
as $$
begin
  return query
  select 'names', to_jsonb(n) - 'business_id'
  from onethread.list_names(p_business_id, p_identities) as n
  order by n.key, n.source;

  return query
  select 'names', to_jsonb(n) - 'business_id'
  from unnest(p_identities) as i
  inner join onethread.shown_name n on n.business_id = p_business_id and n.identity_id = i.id
  order by n.message_id;

  return query
  select 'read_marks', to_jsonb(r) - 'business_id'
  from onethread.conversation_read r
  where r.business_id = p_business_id and r.conversation_id = any (p_conversation_ids)
  order by r.conversation_id;

  return query
  select 'evidence', to_jsonb(e) - 'business_id'
  from public.whatsapp_identity_evidence e
  where e.business_id = p_business_id
    and (
      array[e.a_key, e.b_key] && p_keys
      or e.inert_reason is not null
        and array[
          onethread.evidence_key(e.business_id, e.a), onethread.evidence_key(e.business_id, e.b)
        ] && p_keys
    )
  order by e.observed_at, e.id;

  return query
  select 'conflicts', to_jsonb(k) - 'business_id'
  from onethread.whatsapp_identity_conflict k
  where k.business_id = p_business_id
    and array[k.first_conversation_id, k.second_conversation_id] && p_conversation_ids
  order by k.id;

  return query
  select 'merges', to_jsonb(g) - 'business_id'
  from onethread.person_merges(p_business_id, p_conversation_ids, p_keys) as g
  order by g.id;

  return query
  select 'rejects', to_jsonb(r) - '{business_id,payload,reason}'::text[]
  from onethread.webhook_reject r
  where r.business_id = p_business_id
    and exists (
      select
      from onethread.find_names(r.business_id, r.payload || ' ' || r.reason, p_keys) as n
    )
  order by r.id;
end;
$$;

comment on function onethread.export_statements(
  bigint, public.whatsapp_identity[], text[], bigint[]) is
  'Sections names, read_marks, evidence, conflicts, merges and rejects of export_person().';

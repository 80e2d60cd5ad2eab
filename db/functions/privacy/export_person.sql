-- All that is kept about one person, for themselves to read or take along.
--
-- What others in a group wrote is theirs; so are payloads that hold several people: of one that was
-- not processed only that it is there.
create or replace function onethread.export_person(p_business_id bigint, p_address text)
returns table (section text, item jsonb)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_key text;
  v_identities public.whatsapp_identity[];
  v_keys text[];
  v_lead_ids bigint[];
  v_conversation_ids bigint[];
begin
  perform onethread.check_caller(p_business_id);
  v_key := onethread.person_key(p_business_id, p_address);
  v_identities := array(select i from onethread.person_identities(p_business_id, v_key) as i);
  v_keys := array(
    select onethread.identifier_key(i.kind, i.scope, i.match_value)
    from unnest(v_identities) as i
    union
    select v_key);
  v_lead_ids := onethread.person_leads(p_business_id, v_key);
  v_conversation_ids := array(
    select p.id
    from unnest(onethread.person_conversations(p_business_id, v_identities, v_lead_ids)) as p (id)
    union
    select c.id
    from public.whatsapp_conversation c
    where c.business_id = p_business_id and onethread.is_conversation_of(c, v_keys));

  return query
  select 'identifiers', to_jsonb(i) - 'business_id'
  from unnest(v_identities) as i
  order by i.id;

  return query
  select 'leads', to_jsonb(l) - 'business_id'
  from public.lead l
  where l.business_id = p_business_id
    and l.id = any (v_lead_ids)
  order by l.id;

  return query
  select 'conversations', to_jsonb(c) - 'business_id'
  from public.whatsapp_conversation c
  where c.business_id = p_business_id and c.id = any (v_conversation_ids)
  order by c.id;

  return query
  select 'read_marks', to_jsonb(r) - 'business_id'
  from onethread.conversation_read r
  where r.business_id = p_business_id and r.conversation_id = any (v_conversation_ids)
  order by r.conversation_id;

  return query
  select 'messages', to_jsonb(m) - 'business_id' || jsonb_build_object(
    'events', (
      select jsonb_agg(to_jsonb(e) - 'business_id' order by e.occurred_at, e.id)
      from onethread.list_message_events(m) as e
    ),
    'backfill_error', (
      select f.error
      from onethread.whatsapp_backfill_failure f
      where f.business_id = m.business_id and f.message_id = m.id
    ))
  from public.whatsapp_message m
  where m.business_id = p_business_id
    and (
      m.conversation_id = any (v_conversation_ids)
      or (m.conversation_id is null or m.participant is not null)
        and onethread.message_keys(m) && v_keys
        and not exists (
          -- A phone that was somebody else's then.
          select
          from unnest(v_identities) as i
          where i.kind = 'phone'
            and onethread.identifier_key(i.kind, i.scope, i.match_value)
              = any (onethread.message_keys(m))
            and (
              onethread.message_sent_at(m) < i.valid_from
              or onethread.message_sent_at(m) >= i.valid_until
            )
        )
    )
  order by onethread.message_sent_at(m), m.id;

  return query
  select 'actions', to_jsonb(e) - 'business_id'
  from public.whatsapp_message_event e
  where e.business_id = p_business_id
    and e.actor is not null
    and onethread.address_key(
      onethread.read_business_address(e.business_id, e.provider, e.actor)) = any (v_keys)
  order by e.occurred_at, e.id;

  return query
  select 'evidence', to_jsonb(e) - 'business_id'
  from public.whatsapp_identity_evidence e
  where e.business_id = p_business_id
    and (
      array[e.a_key, e.b_key] && v_keys
      or e.inert_reason is not null
        and array[
          onethread.evidence_key(e.business_id, e.a), onethread.evidence_key(e.business_id, e.b)] && v_keys
    )
  order by e.observed_at, e.id;

  return query
  select 'conflicts', to_jsonb(k) - 'business_id'
  from onethread.whatsapp_identity_conflict k
  where k.business_id = p_business_id
    and array[k.first_conversation_id, k.second_conversation_id] && v_conversation_ids
  order by k.id;

  return query
  select 'merges', to_jsonb(g) - 'business_id'
  from onethread.person_merges(p_business_id, v_conversation_ids, v_keys) as g
  order by g.id;

  return query
  select 'rejects', to_jsonb(r) - '{business_id,payload,reason}'::text[]
  from onethread.webhook_reject r
  where r.business_id = p_business_id
    and exists (
      select
      from onethread.named_keys(r.payload || ' ' || r.reason) as n
      where n.key = any (v_keys)
    )
  order by r.id;
end;
$$;

comment on function onethread.export_person(bigint, text) is
  'Row by row what is kept about a person: identifiers, leads, conversations, read_marks, messages '
  '(with their events; in groups their own), actions (what they did in groups), evidence, conflicts, '
  'merges, rejects (payloads that name them, without the text). Raises 22023 when the address is no '
  'person''s.';

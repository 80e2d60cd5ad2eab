-- All that is kept about one person, for themselves to read or take along.
--
-- What others in a group wrote is theirs; so are payloads that hold several people.
create or replace function public.export_person(p_business_id bigint, p_address text)
returns table (section text, item jsonb)
language plpgsql
stable
as $$
declare
  v_key text := public.person_key(p_business_id, p_address);
  v_identities public.whatsapp_identity[] := array(
    select i from public.person_identities(p_business_id, v_key) as i);
  v_conversation_ids bigint[] := array(
    select distinct i.conversation_id
    from unnest(v_identities) as i
    where i.conversation_id is not null);
  v_keys text[] := array(
    select public.identifier_key(i.kind, i.scope, i.match_value)
    from unnest(v_identities) as i
    union
    select v_key);
begin
  return query
  select 'identifiers', to_jsonb(i) - 'business_id'
  from unnest(v_identities) as i
  order by i.id;

  return query
  select 'leads', to_jsonb(l) - 'business_id'
  from public.lead l
  where l.business_id = p_business_id
    and l.id = any (public.person_leads(p_business_id, v_key))
  order by l.id;

  return query
  select 'conversations', to_jsonb(c) - 'business_id'
  from public.whatsapp_conversation c
  where c.business_id = p_business_id and c.id = any (v_conversation_ids)
  order by c.id;

  return query
  select 'messages', to_jsonb(m) - 'business_id' || jsonb_build_object(
    'events', (
      select jsonb_agg(to_jsonb(e) - 'business_id' order by e.occurred_at, e.id)
      from public.list_message_events(m) as e
    ))
  from public.whatsapp_message m
  where m.business_id = p_business_id
    and (
      m.conversation_id = any (v_conversation_ids)
      or (m.conversation_id is null or m.participant is not null)
        and public.message_keys(m) && v_keys
        and not exists (
          -- A phone that was somebody else's then.
          select
          from unnest(v_identities) as i
          where i.kind = 'phone'
            and public.identifier_key(i.kind, i.scope, i.match_value)
              = any (public.message_keys(m))
            and (m.sent_at < i.valid_from or m.sent_at >= i.valid_until)
        )
    )
  order by m.sent_at, m.id;

  return query
  select 'actions', to_jsonb(e) - 'business_id'
  from public.whatsapp_message_event e
  where e.business_id = p_business_id
    and e.actor is not null
    and public.provider_key(e.business_id, e.provider, e.actor) = any (v_keys)
  order by e.occurred_at, e.id;

  return query
  select 'evidence', to_jsonb(e) - 'business_id'
  from public.whatsapp_identity_evidence e
  where e.business_id = p_business_id
    and (e.a_key = any (v_keys) or e.b_key = any (v_keys))
  order by e.observed_at, e.id;

  return query
  select 'merges', to_jsonb(g) - 'business_id'
  from public.whatsapp_conversation_merge g
  where g.business_id = p_business_id
    and (g.survivor_key = any (v_keys) or g.absorbed_key = any (v_keys))
  order by g.id;
end;
$$;

comment on function public.export_person(bigint, text) is
  'Row by row what is kept about a person: identifiers, leads, conversations, messages (with their '
  'events; in groups their own), actions (what they did in groups), evidence, merges. Raises 22023 '
  'when the address is no person''s.';

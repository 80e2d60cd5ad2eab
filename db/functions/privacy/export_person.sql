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
  v_person record;
  v_keys text[];
  v_conversation_ids bigint[];
begin
  perform onethread.check_caller(p_business_id, 'onethread.export_person(bigint, text)');
  v_key := onethread.person_key(p_business_id, p_address);
  v_person := onethread.find_person(p_business_id, v_key);
  v_keys := array(
    select onethread.identity_key(i)
    from unnest(v_person.identities) as i
    union
    select v_key);
  v_conversation_ids := array(
    select p.id
    from unnest(v_person.conversation_ids) as p (id)
    union
    select c.id
    from public.whatsapp_conversation c
    where c.business_id = p_business_id and onethread.is_conversation_of(c, v_keys));

  return query
  select 'identifiers', to_jsonb(i) - 'business_id'
  from unnest(v_person.identities) as i
  order by i.id;

  return query
  select 'leads', to_jsonb(l) - 'business_id'
  from public.lead l
  where l.business_id = p_business_id
    and l.id = any (v_person.lead_ids)
  order by l.id;

  return query
  select 'conversations', to_jsonb(c) - 'business_id'
  from public.whatsapp_conversation c
  where c.business_id = p_business_id and c.id = any (v_conversation_ids)
  order by c.id;

  return query
  select x.section, x.item
  from onethread.export_messages(
    p_business_id, v_person.identities, v_keys, v_conversation_ids) as x;

  return query
  select x.section, x.item
  from onethread.export_statements(
    p_business_id, v_person.identities, v_keys, v_conversation_ids) as x;
end;
$$;

comment on function onethread.export_person(bigint, text) is
  'Row by row what is kept about a person: identifiers, leads, conversations, names, read_marks, messages '
  '(with their events; in groups their own), actions (what they did in groups), evidence, conflicts, '
  'merges, rejects (payloads that name them, without the text). Raises 22023 when the address is no '
  'person''s.';

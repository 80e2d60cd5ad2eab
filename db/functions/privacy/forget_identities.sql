-- Nothing that was known about these identifiers is known any more.
--
-- A phone may be, or have been, somebody else's too: theirs stays as it is. Identities that messages
-- refer to stay as rows without a name; nobody can find them any more.
create or replace function onethread.forget_identities(
  p_business_id bigint,
  p_identities public.whatsapp_identity[],
  p_lead_ids bigint[],
  p_conversation_ids bigint[],
  out evidence bigint,
  out conflicts bigint,
  out merges bigint
)
language plpgsql
as $$
declare
  v_identity_ids bigint[] := array(select i.id from unnest(p_identities) as i);
  v_keys text[] := onethread.own_keys(p_business_id, p_identities, p_lead_ids);
  v_evidence_ids bigint[] := array(
    select e.id
    from unnest(v_keys) as k (key)
    cross join lateral (
      select e.id from public.whatsapp_identity_evidence e
      where e.business_id = p_business_id and e.a_key = k.key
      union all
      select e.id from public.whatsapp_identity_evidence e
      where e.business_id = p_business_id and e.b_key = k.key
    ) e);
begin
  -- None of the joins that their conversations went through can be undone.
  delete from onethread.whatsapp_conversation_merge m
  where m.business_id = p_business_id
    and m.id in (
      select g.id from onethread.person_merges(p_business_id, p_conversation_ids, v_keys) as g);
  get diagnostics merges = row_count;
  delete from onethread.whatsapp_identity_conflict k
  where k.business_id = p_business_id
    and (
      k.evidence_id = any (v_evidence_ids)
      or k.first_conversation_id = any (p_conversation_ids)
      or k.second_conversation_id = any (p_conversation_ids)
    );
  get diagnostics conflicts = row_count;
  delete from public.whatsapp_identity_evidence e
  where e.business_id = p_business_id
    and e.id = any (v_evidence_ids);
  get diagnostics evidence = row_count;
  delete from onethread.contact_name n
  using onethread.list_names(p_business_id, p_identities) as t
  where n.business_id = p_business_id and n.key = t.key and n.source = t.source;
  delete from onethread.shown_name n
  where n.business_id = p_business_id and n.identity_id = any (v_identity_ids);
  delete from onethread.shared_phone s
  where s.business_id = p_business_id
    and s.key = any (v_keys);
  perform onethread.end_phones(p_business_id, p_identities, v_keys);
  update public.whatsapp_identity i
  set kind = 'other',
      scope = '',
      value = 'erased:' || i.id,
      match_value = 'erased:' || i.id,
      is_current = false
  where i.business_id = p_business_id
    and i.id = any (v_identity_ids)
    and i.conversation_id is not null;
  delete from public.whatsapp_identity i
  where i.business_id = p_business_id
    and i.id = any (v_identity_ids)
    and i.conversation_id is null;
  update public.whatsapp_conversation c
  set canonical_key = null,
      lead_id = null
  where c.business_id = p_business_id
    and c.id = any (p_conversation_ids);
end;
$$;

comment on function onethread.forget_identities(
  bigint, public.whatsapp_identity[], bigint[], bigint[]) is
  'Deletes evidence, conflicts and merges of a person who is held (lock_person) and takes the name '
  'off the identities and conversations; messages stay where they are. Returns what was deleted.';

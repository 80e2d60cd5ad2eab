-- Whose are a conversation's identities, now that others that were merged into it have their rows again?
--
-- Each of those gets the identifier that stood for it, then what came with it; what else is a parted
-- person's goes with the first of them.
create or replace function onethread.part_identities(
  p_business_id bigint,
  p_root_id bigint,
  p_merge_id bigint,
  p_state onethread.whatsapp_resolution,
  p_merge_ids bigint[],
  p_persons int[],
  p_root_person int
)
returns bigint[]
language plpgsql
as $$
declare
  v_identity record;
  v_conversation_id bigint;
  v_moved_ids bigint[] := '{}';
begin
  for v_identity in
    select i.id, k.key, onethread.identifier_person(p_state, k.key, i.valid_from) as person
    from public.whatsapp_identity i
    cross join lateral onethread.identity_key(i) as k (key)
    where i.business_id = p_business_id and i.conversation_id = p_root_id
  loop
    select g.absorbed_id into v_conversation_id
    from unnest(p_merge_ids, p_persons) as p (merge_id, person)
    inner join onethread.whatsapp_conversation_merge g
      on g.business_id = p_business_id and g.id = p.merge_id
    where p.person = v_identity.person
      and (
        g.absorbed_key = v_identity.key
        or v_identity.id = any (g.identity_ids)
        or p.person <> p_root_person
      )
    order by
      g.absorbed_key <> v_identity.key, v_identity.id <> all (g.identity_ids), g.id <> p_merge_id,
      g.id
    limit 1;
    continue when not found;
    update public.whatsapp_identity i
    set conversation_id = v_conversation_id
    where i.business_id = p_business_id and i.id = v_identity.id;
    v_moved_ids := v_moved_ids || v_identity.id;
  end loop;
  return v_moved_ids;
end;
$$;

comment on function onethread.part_identities(
  bigint, bigint, bigint, onethread.whatsapp_resolution, bigint[], int[], int) is
  'Points the identities of the root that are a parted person''s to the absorbed conversations of '
  'these merges, one person each; returns their ids. merge_id: the merge that is undone.';
